import { resolve } from 'node:path';
import {
  connectRedis,
  isRefusal,
  type Manifest,
  openQueue,
  openStore,
  readManifest,
  refusal,
  type ShardQueue,
  type Store,
} from '@ringformer/batch';
import { UsageError } from '../errors.ts';
import { type Io, write } from '../io.ts';

export type Run = { readonly manifest: Manifest; readonly store: Store };

/** @throws RingformerError 'bad-file' if there is no run */
export async function openRun(uri: string): Promise<Run> {
  const store = await openStore(uri);
  return { store, manifest: await readManifest(store) };
}

export type RedisChoice = { readonly io: Io; readonly redis: string | undefined; readonly patience?: number };
export type Connection = Awaited<ReturnType<typeof connectRedis>>;

/** The address of Redis, from the flag or from the environment. */
export const redisUrl = ({ io, redis }: RedisChoice): string | undefined =>
  redis ?? (io.env.RINGFORMER_REDIS || undefined);

/** Does something with Redis, if there is one to use, and leaves it. @throws RingformerError 'offline', 'bad-argument' */
export async function withRedis<T>(
  choice: RedisChoice,
  use: (redis: Connection | undefined) => Promise<T>,
): Promise<T> {
  const url = redisUrl(choice);
  if (url === undefined) return use(undefined);
  const { io, patience } = choice;
  const redis = await connectRedis({
    url,
    patience,
    signal: io.signal,
    onConnection: (message) => void write(io.stderr, `ringformer: ${message}\n`).catch(() => {}),
  });
  try {
    return await use(redis);
  } catch (error) {
    throw isRefusal(error) ? refusal(error) : error;
  } finally {
    redis.disconnect();
  }
}

/** Does something with the queue of a run, or without one. */
export function withQueue<T>(
  choice: RedisChoice,
  manifest: Manifest,
  use: (queue: ShardQueue | undefined) => Promise<T>,
): Promise<T> {
  return withRedis(choice, async (redis) => {
    const queue = redis && openQueue(manifest, redis);
    try {
      return await Promise.race([use(queue), stopped(choice.io.signal)]);
    } finally {
      if (redis?.status === 'ready') await queue?.close();
    }
  });
}

/** Rejects when the command is stopped: while Redis is away, its client waits without end. */
function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** What is not a URI is a path, which other machines and folders must understand. */
export const uriOf = (input: string): string => {
  if (input === '-')
    throw new UsageError('stdin cannot be submitted: workers read the input again. Write it to a file.');
  return /^[a-z][a-z\d+.-]+:\/\//i.test(input) ? input : resolve(input);
};

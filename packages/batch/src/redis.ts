import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, RingformerError, reasonOf, whyNot } from '@ringformer/core/base';
import { Redis } from 'ioredis';

export type RedisOptions = {
  /** redis://, rediss:// (TLS), with :password@ or user:password@ if it needs them, and /1 for its database 1. */
  readonly url: string;
  /** Seconds to go on trying to reach it at the start. Default 10. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
  /** The connection was lost, or is back. */
  onConnection?(message: string): void;
};

const LONGEST_PAUSE_MS = 5000;
const PAUSE_MS = 500;
/** What Redis answers to a wrong password, or to none. */
const REFUSED = /NOAUTH|WRONGPASS|NOPERM|without any password|invalid (username-)?password/i;

/**
 * A connection to Redis, Valkey or a server like them, which is made again whenever it is lost.
 * @throws RingformerError 'bad-argument' for a URL that is not one, or a wrong password; 'offline' if it cannot be reached
 */
export async function connectRedis({ url, patience = 10, signal, onConnection }: RedisOptions): Promise<Redis> {
  const server = serverOf(url);
  await firstContact(server, { patience, signal, onConnection });
  const redis = new Redis(server.url, {
    maxRetriesPerRequest: null, // BullMQ waits
    retryStrategy: (times) => Math.min(200 * times, LONGEST_PAUSE_MS),
  });
  let lost = false;
  redis.on('error', (error) => {
    if (!lost) onConnection?.(`Redis at ${server.name} is gone: ${whyNot(error)}. Trying to reach it again.`);
    lost = true;
  });
  redis.on('close', () => {
    if (!lost && redis.status !== 'end') onConnection?.(`Redis at ${server.name} is gone. Trying to reach it again.`);
    lost = true;
  });
  redis.on('ready', () => {
    if (lost) onConnection?.(`Redis at ${server.name} is back.`);
    lost = false;
  });
  return redis;
}

type Server = { readonly url: string; readonly name: string };

/** The URL as ioredis takes it, and without its password. */
function serverOf(given: string): Server {
  const bad = (why: string) =>
    new RingformerError(
      'bad-argument',
      `[ringformer/batch] ${why} Expected a URL such as redis://host:6379, or rediss://user:password@host:6380 with TLS. ` +
        'Characters such as / # ? @ : in a password are written %2F %23 %3F %40 %3A.',
    );
  let parsed: URL;
  try {
    parsed = new URL(given.replace(/^valkey(s?):/i, 'redis$1:'));
  } catch {
    throw bad('The address of Redis is not a URL.');
  }
  if (!/^rediss?:$/.test(parsed.protocol)) throw bad(`The address of Redis begins with ${parsed.protocol}`);
  if (parsed.hostname === '') throw bad('The address of Redis has no host.');
  if (!/^\/?\d*$/.test(parsed.pathname))
    throw bad('The address of Redis ends in a path; expected the number of a database, such as /1, or nothing.');
  return { url: parsed.href, name: parsed.host };
}

async function firstContact(
  { url, name }: Server,
  { patience, signal, onConnection }: Pick<RedisOptions, 'signal' | 'onConnection'> & { readonly patience: number },
): Promise<void> {
  const until = performance.now() + 1000 * patience;
  for (let first = true; ; first = false) {
    signal?.throwIfAborted();
    const probe = new Redis(url, { lazyConnect: true, retryStrategy: null as never, maxRetriesPerRequest: 0 });
    let failure: unknown;
    probe.on('error', (error) => {
      failure ??= error;
    });
    try {
      await probe.connect();
      await probe.ping();
      const database = new URL(url).pathname.slice(1);
      if (database !== '') await probe.select(Number(database)); // what connects goes on in database 0 without a word
      await warnOfEviction(probe, name, onConnection);
      return;
    } catch (error) {
      failure ??= error;
    } finally {
      probe.disconnect();
    }
    const said = String((failure as Error).message);
    if (/DB index is out of range/.test(said))
      throw new RingformerError(
        'bad-argument',
        `[ringformer/batch] Redis at ${name} has no database ${new URL(url).pathname.slice(1)}. Databases are counted from 0; most servers have 16, some only one.`,
      );
    if (REFUSED.test(said))
      throw new RingformerError(
        'bad-argument',
        `[ringformer/batch] Redis at ${name} ${said.includes('NOAUTH') ? 'needs a password' : 'refuses this user or password'}. ` +
          'Give both in the URL: redis://user:password@host:6379, or redis://:password@host:6379.',
      );
    const why = `${whyNot(failure)} ${url.startsWith('rediss:') ? '(with TLS; without it, write redis://)' : '(without TLS; with it, write rediss://)'}`;
    if (/certificate|CERT/.test(`${said} ${codeOf(failure)}`))
      throw new RingformerError(
        'bad-argument',
        `[ringformer/batch] Redis at ${name} is not trusted: ${whyNot(failure)}. Name the file of its certificate authority in NODE_EXTRA_CA_CERTS.`,
      );
    if (performance.now() >= until)
      throw new RingformerError(
        'offline',
        `[ringformer/batch] Redis at ${name} cannot be reached: ${why}. Start it, or check the address.`,
        { cause: failure },
      );
    if (first) onConnection?.(`Redis at ${name} cannot be reached yet: ${why}. Trying for ${patience} s.`);
    await pause(PAUSE_MS, undefined, { signal });
  }
}

/** A server that may throw keys away loses shards when its memory is full. Some don't say: then nothing is known. */
async function warnOfEviction(redis: Redis, name: string, warn: RedisOptions['onConnection']): Promise<void> {
  const info = await redis.info('memory').catch(() => '');
  const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(info) ?? [];
  if (policy.startsWith('allkeys'))
    warn?.(
      `Redis at ${name} throws keys away when its memory is full (maxmemory-policy ${policy}), and with them shards. ` +
        'Set its maxmemory-policy to noeviction, or use another server.',
    );
}

const REMEDIES: Readonly<Record<string, string>> = {
  OOM: 'Its memory is full: raise its maxmemory, or remove what else it holds.',
  MISCONF: 'It cannot save its data: see its log, free its disk, or turn saving off.',
  READONLY: 'It is a replica: give the address of the primary.',
  NOPERM: 'Its user needs all commands for keys that begin with ringformer:.',
};

/** Whether Redis itself has refused a command. */
export const isRefusal = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/** What Redis has refused and what to do, without the script in which it happened. */
export function refusal(error: Error): RingformerError {
  const said = reasonOf(error)
    .replace(/\.? script: .*$/s, '')
    .replace(/\.$/, '');
  const remedy = REMEDIES[said.split(' ', 1)[0] ?? ''] ?? '';
  return new RingformerError('bad-argument', `[ringformer/batch] Redis refuses: ${said}. ${remedy}`.trim(), {
    cause: error,
  });
}

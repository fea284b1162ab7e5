import { proxy, type Remote, releaseProxy, transfer } from 'comlink';
import type { Life } from './life.ts';
import type { Exposed, Hooks, Line, Methods, Pieces, StreamArgs } from './protocol.ts';
import { errorOf, type Reply, sendSignal } from './wire.ts';

export type CallOptions = Hooks & { readonly signal?: AbortSignal };

/** The methods of a worker as calls; they reject if the worker ends. */
export type Caller = {
  call<M extends keyof Methods>(method: M, args: Methods[M][0], options?: CallOptions): Promise<Methods[M][1]>;
  stream(args: StreamArgs, options?: CallOptions): AsyncGenerator<string, void, void>;
};

export function callerOf(remote: Remote<Exposed>, life: Life): Caller {
  return {
    async call(method, args, { signal, ...hooks } = {}) {
      signal?.throwIfAborted();
      const line = sendSignal(signal);
      const own = guarded(hooks);
      try {
        const work = remote.call(method, args, lineOf(line.port, own.names), own.hooks);
        const reply = (await life.orEnd(work as Promise<Reply<unknown>>)) as Reply<Methods[typeof method][1]>;
        if (reply.ok) return reply.value;
        own.rethrow();
        throw errorOf(reply.error, signal);
      } finally {
        line.close();
      }
    },
    async *stream(args, { signal, ...hooks } = {}) {
      signal?.throwIfAborted();
      const line = sendSignal(signal);
      const own = guarded(hooks);
      let pieces: Remote<Pieces> | undefined;
      try {
        const opened = remote.stream(args, lineOf(line.port, own.names), own.hooks);
        pieces = (await life.orEnd(opened as Promise<unknown>)) as Remote<Pieces>;
        for (;;) {
          const reply = await life.orEnd(pieces.next() as Promise<Reply<IteratorResult<string, void>>>);
          own.rethrow();
          if (!reply.ok) throw errorOf(reply.error, signal);
          if (reply.value.done) return;
          yield reply.value.value;
        }
      } finally {
        if (pieces) {
          await life.orEnd(pieces.return()).catch(() => {}); // if the worker is gone, so is the search
          pieces[releaseProxy]();
        }
        line.close();
      }
    },
  };
}

const lineOf = (port: MessagePort | undefined, hooks: readonly (keyof Hooks)[] = []): Line =>
  port ? transfer({ port, hooks }, [port]) : { hooks };

/** Callbacks for the other side. If one throws, the call ends and rethrows the same error here. */
function guarded(hooks: Hooks) {
  let thrown: { error: unknown } | undefined;
  const given = Object.entries(hooks).filter(([, hook]) => hook !== undefined);
  const calls = given.map(([name, hook]) => [
    name,
    async (...args: unknown[]) => {
      try {
        await (hook as (...args: unknown[]) => unknown)(...args);
      } catch (error) {
        thrown ??= { error };
        throw error;
      }
    },
  ]);
  return {
    names: given.map(([name]) => name as keyof Hooks),
    hooks: given.length === 0 ? undefined : (proxy(Object.fromEntries(calls)) as Required<Hooks>),
    rethrow() {
      if (thrown) throw thrown.error;
    },
  };
}

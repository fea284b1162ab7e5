import { type Remote, releaseProxy } from 'comlink';
import type { Hooks } from './protocol.ts';

/**
 * The caller's callbacks, as seen in the worker. Each call is answered. `settled` waits for all answers and throws the first
 * error that a callback threw; `failed` gets that error immediately.
 */
export function hookCaller(
  given: Required<Hooks> | undefined,
  names: readonly (keyof Hooks)[],
  failed: (error: unknown) => void,
) {
  const remote = given as Remote<Required<Hooks>> | undefined;
  const open = new Set<Promise<void>>();
  let first: { error: unknown } | undefined;
  const settled = async () => {
    while (open.size > 0) await Promise.all(open);
    if (first) throw first.error;
  };
  const tell = (name: keyof Hooks, args: unknown[]): void => {
    const call = remote?.[name] as unknown as (...args: unknown[]) => Promise<void>;
    const answer = call(...args)
      .catch((error: unknown) => {
        first ??= { error };
        failed(error);
      })
      .finally(() => open.delete(answer));
    open.add(answer);
  };
  const telling = (name: keyof Hooks) =>
    name === 'onCheckpoint'
      ? async (...args: unknown[]) => {
          tell(name, args);
          await settled();
        }
      : (...args: unknown[]) => tell(name, args);
  const hooks = Object.fromEntries(names.map((name) => [name, telling(name)])) as Hooks;
  return {
    hooks,
    settled,
    async close() {
      await settled().catch(() => {});
      remote?.[releaseProxy]();
    },
  };
}

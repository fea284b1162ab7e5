import { type Remote, releaseProxy } from 'comlink';
import { expect, test, vi } from 'vitest';
import { callerOf } from './caller.ts';
import { lifeOf } from './life.ts';
import type { Exposed } from './protocol.ts';

/** A worker that yields the given pieces, then the result of `last`. */
function withPieces(pieces: string[], last: () => Promise<unknown>) {
  const left = [...pieces];
  const remote = {
    next: async () => (left.length > 0 ? { ok: true, value: { done: false, value: left.shift() } } : last()),
    return: vi.fn(async () => {}),
    [releaseProxy]: vi.fn(),
  };
  const life = lifeOf(Object.assign(new EventTarget(), { postMessage() {}, terminate() {} }));
  const caller = callerOf({ stream: async () => remote } as unknown as Remote<Exposed>, life);
  return { life, remote, stream: () => caller.stream({ id: 1, text: '', options: {} }) };
}

test.each([
  ['read to its end', 3, ['a', 'b']],
  ['left early', 1, ['a']],
])('a stream that is %s ends the search in the worker, and lets its port go', async (_, most, expected) => {
  const { remote, stream } = withPieces(['a', 'b'], async () => ({ ok: true, value: { done: true } }));
  const found: string[] = [];
  for await (const piece of stream()) {
    found.push(piece);
    if (found.length === most) break;
  }
  expect(found).toEqual(expected);
  expect(remote.return).toHaveBeenCalledOnce();
  expect(remote[releaseProxy]).toHaveBeenCalledOnce();
});

test('a stream whose worker dies throws, and does not wait for an end that never comes', async () => {
  const { life, remote, stream } = withPieces(['a'], () => new Promise(() => {}));
  remote.return.mockReturnValue(new Promise(() => {}));
  const pieces = stream();
  expect(await pieces.next()).toEqual({ done: false, value: 'a' });
  const next = pieces.next();
  setTimeout(() => life.end('it was killed'));
  await expect(next).rejects.toMatchObject({ code: 'lost', message: expect.stringContaining('it was killed') });
});

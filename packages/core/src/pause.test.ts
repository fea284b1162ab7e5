import { expect, test } from 'vitest';
import { pause } from './pause.ts';

test('throws the reason of a signal that was aborted before', async () => {
  const reason = new Error('enough');
  await expect(pause(AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('lets timers have their turn, so that a signal can be aborted meanwhile', async () => {
  const controller = new AbortController();
  const loop = async () => {
    for (;;) await pause(controller.signal, 0);
  };
  setTimeout(() => controller.abort(), 5);
  await expect(loop()).rejects.toMatchObject({ name: 'AbortError' });
});

test('sees a signal that is aborted while it waits', async () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  await expect(pause(controller.signal, 0)).rejects.toMatchObject({ name: 'AbortError' });
});

test('costs nothing before its interval is over', async () => {
  await pause(undefined, 0);
  let turns = 0;
  setImmediate(() => turns++);
  for (let i = 0; i < 10; i++) await pause(undefined, 60_000);
  expect(turns).toBe(0);
});

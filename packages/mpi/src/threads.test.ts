import { expect, onTestFinished, test } from 'vitest';
import { broadcastText, type Collective, gatherTexts, single } from './collective.ts';
import { joinThreads, startThreads } from './threads.ts';

/** Ranks that exchange as threads do; here they take turns in one. */
function ranks(size: number, bytes = 64): Collective[] {
  const first = startThreads(size, bytes);
  const all = [first, ...first.seats.map(joinThreads)];
  onTestFinished(async () => void (await Promise.all(all.map((one) => one.close()))));
  return all;
}

const onEach = <T>(all: readonly Collective[], work: (one: Collective) => Promise<T>) => Promise.all(all.map(work));

test('sums and means, the same on each rank', async () => {
  const all = ranks(3);
  const sums = await onEach(all, async (one) => {
    const values = Float32Array.of(one.rank, 10 * one.rank);
    await one.allReduceSum(values);
    return [...values];
  });
  expect(sums).toEqual([
    [3, 30],
    [3, 30],
    [3, 30],
  ]);
  const means = await onEach(all, async (one) => {
    const values = Float32Array.of(one.rank, 6);
    await one.allReduceMean(values);
    return [...values];
  });
  expect(means).toEqual([
    [1, 6],
    [1, 6],
    [1, 6],
  ]);
  expect(all.map((one) => one.sent())).toEqual([16, 16, 16]);
});

test('a sum is made in the order of ranks', async () => {
  const big = 2 ** 24; // beyond it, float32 loses ones
  const values = [1, big, -big, 1];
  const sums = await onEach(ranks(4), async (one) => {
    const own = Float32Array.of(values[one.rank] as number);
    await one.allReduceSum(own);
    return own[0];
  });
  const inOrder = values.reduce((sum, x) => Math.fround(sum + x), 0);
  expect(sums).toEqual([inOrder, inOrder, inOrder, inOrder]);
});

test('the bytes and texts of any rank reach all, many times over', async () => {
  const texts = await onEach(ranks(3), async (one) => {
    const found: string[] = [];
    for (let round = 0; round < 20; round++) found.push(await broadcastText(one, `${one.rank} at ${round}`, round % 3));
    return found;
  });
  const expected = Array.from({ length: 20 }, (_, round) => `${round % 3} at ${round}`);
  expect(texts).toEqual([expected, expected, expected]);
  const gathered = await onEach(ranks(3), (one) => gatherTexts(one, 'ü'.repeat(one.rank)));
  expect(gathered).toEqual([
    ['', 'ü', 'üü'],
    ['', 'ü', 'üü'],
    ['', 'ü', 'üü'],
  ]);
});

test('a rank that gives up, or is gone, rejects the call of rank 0', async () => {
  const [first, second] = ranks(2);
  const waiting = first?.barrier();
  await second?.abort('no space left');
  await expect(waiting).rejects.toThrow('Thread 1: no space left');
  const gone = startThreads(2, 8);
  const call = gone.barrier();
  gone.fail(new Error('it ended'));
  await expect(call).rejects.toThrow('it ended');
  await gone.close();
});

test('more than the threads share is refused', async () => {
  const [first] = ranks(2, 8);
  await expect(first?.allReduceSum(new Float32Array(3))).rejects.toThrow("12 bytes don't fit into the 8");
});

test('one rank changes nothing and sends nothing', async () => {
  const one = single();
  const values = Float32Array.of(0.1, -0);
  await one.allReduceMean(values);
  await one.allReduceSum(values);
  expect([...values]).toEqual([Math.fround(0.1), -0]);
  expect(await gatherTexts(one, 'a')).toEqual(['a']);
  expect(one.sent()).toBe(0);
});

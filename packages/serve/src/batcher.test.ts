import { expect, test } from 'vitest';
import { type BatcherOptions, makeBatcher, QueueFull } from './batcher.ts';

/** Doubles numbers; a negative one is bad. `hold` keeps the first batch until it is released. */
function doubler(given: Partial<BatcherOptions<number, { k: number }, number>> = {}) {
  const batches: number[][] = [];
  const signals: AbortSignal[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const batcher = makeBatcher<number, { k: number }, number>({
    async run(items, { k }, signal) {
      batches.push([...items]);
      signals.push(signal);
      if (batches.length === 1 && items.includes(0)) await held;
      signal.throwIfAborted();
      if (items.some((x) => x < 0)) throw new Error(`bad: ${items}`);
      return items.map((x) => 2 * k * x);
    },
    weigh: (x) => Math.abs(x),
    size: 4,
    weight: 100,
    room: 10,
    ...given,
  });
  return { batcher, batches, signals, release };
}

const never = new AbortController().signal;
const one = { k: 1 };

test('what arrives together or while a batch runs is computed together, in order', async () => {
  const { batcher, batches, release } = doubler();
  const first = batcher.submit([0], one, never);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const others = [1, 2, 3, 4, 5].map((x) => batcher.submit([x], one, never));
  expect(batcher.waiting()).toBe(5);
  release();
  expect(await first).toEqual([{ value: 0 }]);
  expect((await Promise.all(others)).flat()).toEqual([2, 4, 6, 8, 10].map((value) => ({ value })));
  expect(batches).toEqual([[0], [1, 2, 3, 4], [5]]);
});

test('only equal options share a batch; a heavy item has one to itself', async () => {
  const { batcher, batches } = doubler();
  const [a, b, c] = await Promise.all([
    batcher.submit([1, 2], one, never),
    batcher.submit([3], { k: 10 }, never),
    batcher.submit([200, 4], one, never),
  ]);
  expect([a, b, c]).toEqual([[{ value: 2 }, { value: 4 }], [{ value: 60 }], [{ value: 400 }, { value: 8 }]]);
  expect(batches).toEqual([[1, 2, 4], [3], [200]]);
});

test('the one that has waited longest goes with those that are most like it', async () => {
  const { batcher, batches } = doubler();
  await batcher.submit([20, 1, 22, 2, 19, 3, 30], one, never);
  expect(batches).toEqual([
    [20, 19, 22, 30],
    [1, 2, 3],
  ]);
});

test('a long list, or a long text, does not keep a short one waiting', async () => {
  const { batcher, batches, release } = doubler({ room: 100 });
  const first = batcher.submit([0], one, never);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const long = batcher.submit(Array(12).fill(10), one, never);
  const heavy = batcher.submit([99], one, never);
  const short = batcher.submit([1], one, never);
  release();
  await Promise.all([first, long, heavy, short]);
  expect(batches).toEqual([[0], [1, 10, 10, 10], [10, 10, 10, 10], [10, 10, 10, 10], [99], [10]]);
});

test('light items are computed beside a heavy one, in batches; other heavy ones wait', async () => {
  const { batcher, batches, release } = doubler({
    light: 10,
    weigh: (x) => (x === 0 ? 50 : Math.abs(x)), // the first batch is heavy
  });
  const heavy = batcher.submit([0], one, never);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const other = batcher.submit([20], one, never);
  expect(await Promise.all([batcher.submit([1], one, never), batcher.submit([2, -3], one, never)])).toEqual([
    [{ value: 2 }],
    [{ value: 4 }, { error: new Error('bad: -3') }],
  ]);
  expect(await batcher.submit([4], one, never)).toEqual([{ value: 8 }]);
  expect([batches[1], batches.at(-1), batches.flat().includes(20)]).toEqual([[1, 2, -3], [4], false]);
  let idle = false;
  const done = batcher.idle().then(() => {
    idle = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(idle).toBe(false);
  release();
  await Promise.all([heavy, other, done]);
  expect(batches.at(-1)).toEqual([20]);
});

test('short ones do not keep a long one waiting for ever', async () => {
  const { batcher, batches } = doubler({ size: 1 });
  const short = async () => {
    for (let i = 0; i < 40; i++) {
      await batcher.submit([1], one, never);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const all = [short(), short()];
  await new Promise((resolve) => setTimeout(resolve, 20));
  await batcher.submit([2], one, never);
  expect(batches.length).toBeLessThan(60);
  await Promise.all(all);
});

test('what belongs to an accepted request finds room', async () => {
  const { batcher, release } = doubler({ room: 2 });
  const first = batcher.submit([0], one, never);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const more = batcher.submit([1, 2, 3], one, never, true);
  await expect(batcher.submit([4], one, never)).rejects.toBeInstanceOf(QueueFull);
  release();
  expect(await more).toHaveLength(3);
  await first;
});

test('a bad item has an error, its neighbours have their results', async () => {
  const { batcher } = doubler();
  const outcomes = await Promise.all([
    batcher.submit([1, -2], one, never),
    batcher.submit([3], one, never),
    batcher.submit([4], one, never),
  ]);
  expect(outcomes).toEqual([[{ value: 2 }, { error: new Error('bad: -2') }], [{ value: 6 }], [{ value: 8 }]]);
});

test('too few results are an error, not a result for somebody else', async () => {
  const { batcher } = doubler({ run: async (items) => items.slice(1) });
  expect(await batcher.submit([7], one, never)).toEqual([{ error: new Error('0 results for 1 items') }]);
});

test('all items of a call wait, or none', async () => {
  const { batcher, release } = doubler({ room: 3 });
  const first = batcher.submit([0], one, never);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const fits = batcher.submit([1, 2], one, never);
  const refused = await batcher.submit([3, 4], one, never).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(QueueFull);
  expect((refused as QueueFull).after).toBeGreaterThanOrEqual(1);
  expect(batcher.waiting()).toBe(2);
  release();
  await Promise.all([first, fits]);
  expect(batcher.waiting()).toBe(0);
});

test('an aborted call leaves at once; the batch is stopped only if nobody else waits for it', async () => {
  const { batcher, batches, signals, release } = doubler();
  const [gone, also] = [new AbortController(), new AbortController()];
  const first = batcher.submit([0], one, gone.signal);
  const with_ = batcher.submit([0], one, also.signal);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const waits = batcher.submit([1], one, gone.signal);
  const stays = batcher.submit([2], one, never);
  gone.abort(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  await expect(waits).rejects.toThrow('gone');
  expect(signals[0]?.aborted).toBe(false);
  also.abort(new Error('also'));
  await expect(with_).rejects.toThrow('also');
  expect(signals[0]?.aborted).toBe(true);
  release();
  expect(await stays).toEqual([{ value: 4 }]);
  expect(batches).toEqual([[0, 0], [2]]);
  await expect(batcher.submit([3], one, gone.signal)).rejects.toThrow('gone');
});

test('idle resolves when everything is done', async () => {
  const { batcher, release } = doubler();
  await batcher.idle();
  const first = batcher.submit([0, 1], one, never);
  let idle = false;
  const done = batcher.idle().then(() => {
    idle = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(idle).toBe(false);
  release();
  await first;
  await done;
});

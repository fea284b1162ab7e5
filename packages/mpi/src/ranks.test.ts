import {
  beginTraining,
  disposeState,
  disposeTree,
  type Ranks,
  type TrainState,
  type TrainTask,
  train,
} from '@ringformer/core';
import { startWasm } from '@ringformer/test-tools/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Collective, single } from './collective.ts';
import { everyStep, type LocalRanks, localSteps } from './ranks.ts';
import { joinThreads, startThreads } from './threads.ts';

type Line = { readonly slope: tf.Tensor1D; readonly shift: tf.Scalar };
type Points = { readonly x: readonly number[]; readonly y: readonly number[] };

beforeAll(async () => void (await startWasm()));

/** y = 2x + 1 with some noise, three points in a batch. */
const task: TrainTask<Line, Points> = {
  loss: ({ slope, shift }, { x, y }) =>
    tf.tidy(() => tf.sum(tf.square(tf.sub(tf.add(tf.mul(slope, tf.tensor1d([...x])), shift), tf.tensor1d([...y]))))),
  count: ({ x }) => x.length,
  read({ epoch, batch }) {
    const x = [0, 1, 2].map((i) => Math.sin(7 * batch + i));
    return {
      batch: { x, y: x.map((x, i) => 2 * x + 1 + 0.1 * Math.cos(5 * batch + i)) },
      next: { epoch, batch: batch + 1 },
    };
  },
};
const begin = () => beginTraining<Line>({ slope: tf.tensor1d([0.5]), shift: tf.scalar(0) }).state;
const course = (steps: number) => ({ steps, accumulate: 4, seed: 1, schedule: () => 0.05 });

function threads(size: number): Collective[] {
  if (size === 1) return [single()];
  const first = startThreads(size, 64);
  const all = [first, ...first.seats.map(joinThreads)];
  onTestFinished(async () => void (await Promise.all(all.map((one) => one.close()))));
  return all;
}

const never = { wanted: () => false, agreed() {} };
const weights = async (state: TrainState<Line>) => {
  const values = [(await state.params.slope.data())[0] as number, (await state.params.shift.data())[0] as number];
  disposeState(state);
  return values;
};

test.each([1, 2, 4])('%d ranks that add their gradients learn what one process learns', async (size) => {
  const { state } = await train(task, begin(), course(20));
  const expected = await weights(state);
  const all = await Promise.all(
    threads(size).map(async (one) =>
      weights((await train(task, begin(), { ...course(20), ranks: everyStep(one, 2, never) })).state),
    ),
  );
  for (const own of all) {
    expect(own).toEqual(all[0]);
    own.forEach((value, i) => expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-6));
  }
  if (size === 1) expect(all[0]).toEqual(expected);
});

test('a number that is not finite on one rank stops all, by its name', async () => {
  const spoiled: typeof task = {
    ...task,
    loss: (params, batch, seed) => tf.mul(task.loss(params, batch, seed), Number.NaN),
  };
  const errors = await Promise.all(
    threads(3).map((one) =>
      train(one.rank === 2 ? spoiled : task, begin(), { ...course(9), ranks: everyStep(one, 2, never) }).catch(String),
    ),
  );
  for (const error of errors) expect(error).toContain('the loss or the gradient of rank 2 of 3 is not a finite number');
});

async function localRanks(one: Collective, every: number, steps: number, state: TrainState<Line>, stop = never) {
  const options = { every, steps, outerLr: 0.7, outerMomentum: 0.9, params: state.params, stop };
  return localSteps<Line>(one, options);
}

test.each([1, 3])(
  'averages after every %d updates, with rate 1 and without momentum, are the mean of the weights, and no more',
  async (every) => {
    const copy = ({ slope, shift }: Line): Line => ({ slope: tf.clone(slope), shift: tf.clone(shift) });
    const mean = async (states: readonly TrainState<Line>[]) =>
      tf.tidy(() => {
        const of = (name: keyof Line) => tf.div(tf.addN(states.map(({ params }) => params[name])), states.length);
        return { slope: of('slope') as tf.Tensor1D, shift: of('shift') as tf.Scalar };
      });
    const none = (rank: number): Ranks<Line> => ({
      rank,
      size: 2,
      gradient: async (own) => own,
      updated: async (s) => s,
    });
    let states = [begin(), begin()];
    for (let step = every; step <= 9; step += every) {
      states = await Promise.all(
        states.map(async (state, rank) => (await train(task, state, { ...course(step), ranks: none(rank) })).state),
      );
      const params = await mean(states);
      for (const state of states) disposeTree(state.params);
      states = states.map((state) => ({ ...state, params: copy(params) }));
      disposeTree(params);
    }
    const expected = await Promise.all(states.map(weights));
    const all = await Promise.all(
      threads(2).map(async (one) => {
        const state = begin();
        const plain = { every, steps: 9, outerLr: 1, outerMomentum: 0, params: state.params, stop: never };
        const ranks = await localSteps<Line>(one, plain);
        return weights((await train(task, state, { ...course(9), ranks })).state);
      }),
    );
    expect(all[0]).toEqual(all[1]);
    all[0]?.forEach((value, i) => expect(Math.abs(value - (expected[0]?.[i] as number))).toBeLessThan(1e-6));
  },
);

test('an outer step is Nesterov momentum on the mean of what the ranks have changed', async () => {
  const start = [0.5, 0];
  const alone = async (rank: number) => {
    const none: Ranks<Line> = { rank, size: 2, gradient: async (own) => own, updated: async (state) => state };
    return weights((await train(task, begin(), { ...course(5), ranks: none })).state);
  };
  const [a = [], b = []] = [await alone(0), await alone(1)];
  const all = await Promise.all(
    threads(2).map(async (one) => {
      const state = begin();
      const ranks = await localRanks(one, 5, 5, state);
      return weights((await train(task, state, { ...course(5), ranks })).state);
    }),
  );
  expect(all[0]).toEqual(all[1]);
  start.forEach((from, i) => {
    const change = from - ((a[i] as number) + (b[i] as number)) / 2; // the first momentum is the change itself
    expect(all[0]?.[i]).toBeCloseTo(from - 0.7 * (change + 0.9 * change), 5);
  });
});

test('a rank that diverges between two averages stops all of them', async () => {
  const errors = await Promise.all(
    threads(2).map(async (one) => {
      let reads = 0;
      const spoiled: typeof task = {
        ...task,
        loss: (params, batch, seed) =>
          tf.mul(task.loss(params, batch, seed), one.rank === 1 && reads++ === 13 ? Number.NaN : 1),
      };
      const state = begin();
      const ranks = await localRanks(one, 40, 80, state);
      return train(spoiled, state, { ...course(80), ranks }).catch(String);
    }),
  );
  for (const error of errors) expect(error).toContain('the loss or the gradient of rank 1 of 2 is not a finite number');
});

test('a stop that one rank wants comes after the same update on all, between two averages; and the rest is as if unbroken', async () => {
  const whole = await Promise.all(
    threads(2).map(async (one) => {
      const state = begin();
      const ranks = await localRanks(one, 20, 40, state);
      return weights((await train(task, state, { ...course(40), ranks })).state);
    }),
  );
  const resumed = await Promise.all(
    threads(2).map(async (one) => {
      const stopping = new AbortController();
      let steps = 0;
      const stop = { wanted: () => one.rank === 1 && steps > 6, agreed: () => stopping.abort() };
      const state = begin();
      const ranks: LocalRanks<Line> = await localRanks(one, 20, 40, state, stop);
      let kept: { state: TrainState<Line>; also: ReturnType<typeof ranks.also> } | undefined;
      await train(task, state, {
        ...course(40),
        ranks,
        signal: stopping.signal,
        onStep: ({ step }) => {
          steps = step;
        },
        checkpoint: async ({ params, adam, cursor }) => {
          const copy = (tree: Line): Line => ({ slope: tf.clone(tree.slope), shift: tf.clone(tree.shift) });
          kept = {
            state: { params: copy(params), adam: { m: copy(adam.m), v: copy(adam.v), step: adam.step }, cursor },
            also: ranks.also(params),
          };
        },
      }).catch(() => {});
      const { state: again, also } = kept as NonNullable<typeof kept>;
      expect(again.adam.step).toBe(9); // said at update 8, heard after 9
      const options = {
        every: 20,
        steps: 40,
        outerLr: 0.7,
        outerMomentum: 0.9,
        params: again.params,
        resumed: also,
        stop: never,
      };
      const more = await localSteps<Line>(one, options);
      for (const tree of Object.values(also.trees)) disposeTree(tree);
      return weights((await train(task, again, { ...course(40), ranks: more })).state);
    }),
  );
  expect(resumed).toEqual(whole);
});

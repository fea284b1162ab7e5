import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { initAdam } from './optimizer.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';
import {
  type History,
  type StepReport,
  type TrainOptions,
  type TrainState,
  type TrainTask,
  train,
  trainStep,
} from './trainer.ts';
import { disposeTree } from './tree.ts';

beforeAll(startCpu);

type Params = { readonly w: tf.Tensor };
/** Points (x, y) of the line y = 2x, a few in each batch; the loss is the sum of (w·x − y)² / 2. */
const batches = [[1], [2, 3], [1, 4], [2]];
const task = (size = 1): TrainTask<Params, number[]> => ({
  loss: ({ w }, xs) => {
    const x = tf.tensor1d(xs);
    return tf.mul(tf.sum(tf.square(tf.sub(tf.mul(w, x), tf.mul(x, 2)))), 0.5) as tf.Scalar;
  },
  count: (xs) => xs.length,
  read: ({ epoch, batch }) => ({
    batch: batches.slice(batch, batch + size).flat(),
    next: batch + size < batches.length ? { epoch, batch: batch + size } : { epoch: epoch + 1, batch: 0 },
  }),
});

const start = (w = 0): TrainState<Params> => {
  const params = { w: tf.tensor1d([w]) };
  return { params, adam: initAdam(params), cursor: { epoch: 0, batch: 0 } };
};
const free = ({ params, adam }: TrainState<Params>) => [params, adam.m, adam.v].forEach(disposeTree);
const options = { schedule: () => 0.1, seed: 1 };

describe('an update', () => {
  test('reports the mean loss before it, the norm of the mean gradient, and where it was', () =>
    withoutLeaks(async () => {
      const { state, report } = await trainStep(task(), { ...start(), cursor: { epoch: 3, batch: 1 } }, options);
      // batch [2, 3]: losses 8 and 18; gradients −8 and −18
      expect(report).toEqual({ step: 1, loss: 13, count: 2, norm: 13, lr: 0.1, epoch: 3 });
      expect(state.cursor).toEqual({ epoch: 3, batch: 2 });
      await expectClose(state.params.w, [0.1]);
      free(state);
    }));

  test('of accumulated batches is that of one large batch', () =>
    withoutLeaks(async () => {
      const adam = { epsilon: 1 }; // lets the size of the gradient show
      let [one, many] = [start(), start()];
      for (let step = 0; step < 3; step++) {
        const large = await trainStep(task(2), one, { ...options, adam, clipNorm: 5 });
        const small = await trainStep(task(1), many, { ...options, adam, clipNorm: 5, accumulate: 2 });
        const numbers = ({ loss, norm, count, step }: StepReport) => [loss, norm, count, step];
        await expectClose(numbers(small.report), numbers(large.report), { rtol: 1e-6 });
        [one, many] = [large.state, small.state];
        await expectClose(many.params.w, one.params.w, { atol: 1e-6 });
        expect(many.cursor).toEqual(one.cursor);
      }
      free(one);
      free(many);
    }));

  test('clips the mean gradient', () =>
    withoutLeaks(async () => {
      const adam = { epsilon: 1e6 }; // the step is nearly lr · gradient / 10⁶
      const { state, report } = await trainStep(task(), start(), { schedule: () => 1e6, seed: 1, adam, clipNorm: 1 });
      expect(report.norm).toBe(2); // of −2
      await expectClose(state.params.w, [1], { atol: 1e-4 });
      free(state);
    }));

  test('that diverged is refused, and the state is still intact', () =>
    withoutLeaks(async () => {
      const state = start(1e30);
      await expect(trainStep(task(), state, options)).rejects.toMatchObject({ code: 'diverged' });
      await expectClose(state.params.w, [1e30], { rtol: 1e-6 });
      free(state);
    }));
});

describe('training', () => {
  test.each<[object, string]>([
    [{ steps: 'x' }, 'steps is the text "x"; expected a number of at least 0'],
    [{ steps: Number.NaN }, 'steps is NaN'],
    [{ schedule: 1e-3 }, 'schedule is the number 0.001; expected a function'],
    [{ acumulate: 2 }, "unknown option 'acumulate'. Did you mean 'accumulate'?"],
    [{ onStep: 'x' }, 'onStep is the text "x"'],
    [{ signal: 'x' }, 'expected an AbortSignal'],
  ])('%o is refused, and no state is left', (given, message) =>
    withoutLeaks(async () => {
      const work = train(task(), start(), { ...options, steps: 1, ...given } as never);
      await expect(work).rejects.toMatchObject({ code: 'bad-argument', message: expect.stringContaining(message) });
    }),
  );

  test('without a task, a state or options', () =>
    withoutLeaks(async () => {
      const refused = (message: string, ...given: unknown[]) =>
        expect(train(...(given as Parameters<typeof train>))).rejects.toThrow(message);
      await refused('task.loss is undefined; expected a function', undefined, start(), options);
      await refused('state is undefined; expected one such as', task(), undefined, { ...options, steps: 1 });
      await refused('expected options as an object', task(), start());
    }));

  test('learns, reports every update and stops when it should', () =>
    withoutLeaks(async () => {
      const reports: StepReport[] = [];
      const { state } = await train(task(), start(), {
        ...options,
        steps: 60,
        onStep: (report) => reports.push(report),
      });
      expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      expect(reports[4]!.epoch).toBe(1);
      await expectClose(state.params.w, [2], { atol: 0.05 });
      free(state);
    }));

  test('stops when the score has not improved for long enough, and keeps the best', () =>
    withoutLeaks(async () => {
      const scores = [1, 3, 2, 3, 9];
      const seen: number[] = [];
      const { state, history } = await train(task(), start(), {
        ...options,
        steps: 50,
        evaluateEvery: 2,
        patience: 2,
        evaluate: async ({ adam }) => {
          seen.push(adam.step);
          return scores[seen.length - 1]!;
        },
      });
      expect(seen).toEqual([2, 4, 6, 8]);
      expect(history).toEqual({ best: { score: 3, step: 4 }, stale: 2 });
      expect(state.adam.step).toBe(8);
      free(state);
    }));

  test('stores the last state when aborted, then frees it', () =>
    withoutLeaks(async () => {
      const controller = new AbortController();
      const stored: number[] = [];
      const work = train(task(), start(), {
        ...options,
        steps: 50,
        checkpointEvery: 2,
        signal: controller.signal,
        onStep: ({ step }) => step === 5 && controller.abort(new Error('enough')),
        checkpoint: async (state) => {
          stored.push(state.adam.step);
        },
      });
      await expect(work).rejects.toThrow('enough');
      expect(stored).toEqual([2, 4, 5]);
    }));

  test('an evaluation that was interrupted comes first on resuming', () =>
    withoutLeaks(async () => {
      const controller = new AbortController();
      const evaluated: number[] = [];
      let kept: { state: TrainState<Params>; history: History } | undefined;
      const course: TrainOptions<Params, number[]> = {
        ...options,
        steps: 6,
        evaluateEvery: 2,
        evaluate: async ({ adam: { step } }) => {
          evaluated.push(step);
          if (evaluated.length === 2) controller.abort(new Error('enough'));
          if (evaluated.length === 2) throw controller.signal.reason;
          return step;
        },
      };
      const work = train(task(), start(), {
        ...course,
        signal: controller.signal,
        checkpoint: async (state, history) => {
          const { m, v, step } = state.adam;
          if (step === 4)
            kept = { state: { ...state, params: copy(state.params), adam: { m: copy(m), v: copy(v), step } }, history };
        },
      });
      await expect(work).rejects.toThrow('enough');
      expect(kept?.history).toEqual({ best: { score: 2, step: 2 }, stale: 0, due: 4 });
      const { state, history } = await train(task(), kept!.state, { ...course, history: kept!.history });
      expect(evaluated).toEqual([2, 4, 4, 6]);
      expect(history).toEqual({ best: { score: 6, step: 6 }, stale: 0 });
      free(state);
    }));
});

const copy = ({ w }: Params): Params => ({ w: tf.clone(w) });

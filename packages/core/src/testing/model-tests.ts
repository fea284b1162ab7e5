import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, type TestContext, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { treeToRaw } from '../checkpoint.ts';
import { valueAndGrads } from '../gradients.ts';
import { adamUpdate, clipScale, globalNorm, initAdam } from '../optimizer.ts';
import { disposeTree, type Tree } from '../tree.ts';
import { expectClose, withoutLeaks } from './expect.ts';
import { comparison, largest, note } from './finding.ts';
import type { Beams, ModelCase } from './model.ts';
import { TOLERANCES } from './tolerances.ts';

/** Everything that was recorded of a model, on the backend that runs. */
export function testModel<P extends Tree>(
  model: ModelCase<P>,
  name: Backend['name'],
  backend: () => Pick<Backend, 'trains'>,
): void {
  const { forward, grads: wantedGrads, training, ids, beams } = model.recorded;
  const withParams = (work: (params: P) => Promise<void>) =>
    withoutLeaks(async () => {
      const params = model.load();
      await work(params);
      disposeTree(params);
    });
  const named = (name: string) => (error: Error) => {
    throw new Error(`${name}: ${error.message}`);
  };
  const skipUnlessTrains = ({ skip }: TestContext) => skip(!backend().trains, 'this backend does not train');

  describe(model.name, () => {
    test('every intermediate', ({ task }) =>
      withParams(async (params) => {
        const compare = comparison(task, name, 'level');
        const found = tf.tidy(() => model.forward(params));
        expect(Object.keys(found).sort()).toEqual(Object.keys(forward).sort());
        for (const [name, want] of Object.entries(forward)) {
          await compare(found[name] as tf.Tensor, want).catch(named(name));
        }
        tf.dispose(Object.values(found));
      }));

    test('every gradient', async (context) => {
      const compare = comparison(context.task, name, 'gradient');
      skipUnlessTrains(context);
      await withParams(async (params) => {
        const { value, grads } = valueAndGrads(model.loss, params);
        const found = model.rename(await treeToRaw(grads));
        for (const [name, want] of Object.entries(wantedGrads)) {
          await compare(found[name]?.data ?? [], want.data, largest(want.data), 1e-6).catch(named(name));
        }
        value.dispose();
        disposeTree(grads);
      });
    });

    test(`${training.losses.length} losses`, async (context) => {
      note(context.task, name, 'loss');
      skipUnlessTrains(context);
      let losses: number[] = [];
      await withParams(async (params) => {
        losses = await updates(model, params);
      });
      await expectClose(losses, training.losses, { atol: 0, rtol: TOLERANCES[name].loss });
      note(context.task, name, 'loss', largest(losses.map((loss, i) => loss / (training.losses[i] as number) - 1)));
    });

    if (ids) {
      test('greedy search', ({ task }) =>
        withParams(async (params) => {
          note(task, name);
          expect(await model.generate?.(params)).toEqual(ids);
        }));
    }
    if (beams) {
      test('beam search', ({ task }) =>
        withParams(async (params) => {
          const compare = comparison(task, name, 'score');
          const found = (await model.search?.(params)) ?? [];
          expect(tokensOf(found)).toEqual(tokensOf(beams));
          await compare(scoresOf(found), scoresOf(beams));
        }));
    }
  });
}

export const tokensOf = (beams: Beams) => beams.map((sentence) => sentence.map(({ tokens }) => tokens));
export const scoresOf = (beams: Beams) => beams.flatMap((sentence) => sentence.map(({ score }) => score));

/** As many updates by Adam as were recorded → the loss before each. */
async function updates<P extends Tree>({ loss, recorded }: ModelCase<P>, loaded: P): Promise<number[]> {
  const { lr, clipNorm, losses } = recorded.training;
  const found: number[] = [];
  let params = loaded;
  let state = initAdam(params);
  for (const _ of losses) {
    const { value, grads } = valueAndGrads(loss, params);
    const norm = globalNorm(grads);
    const [[now], [length]] = (await Promise.all([value.data(), norm.data()])) as [Float32Array, Float32Array];
    found.push(now as number);
    const next = adamUpdate(params, grads, state, { lr, gradScale: clipScale(length as number, clipNorm) });
    tf.dispose([value, norm]);
    for (const tree of [grads, state.m, state.v, ...(params === loaded ? [] : [params])]) disposeTree(tree);
    ({ params, state } = next);
  }
  for (const tree of [params, state.m, state.v]) disposeTree(tree);
  return found;
}

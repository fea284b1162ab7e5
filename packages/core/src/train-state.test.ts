import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { normal } from './spec.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';
import { readTrainState, type StoredState, writeTrainState } from './train-state.ts';
import { disposeTree } from './tree.ts';

beforeAll(startCpu);

type Params = { readonly a: tf.Tensor; readonly b: { readonly c: tf.Tensor } };
const spec = { a: { shape: [2], init: normal(1) }, b: { c: { shape: [1, 1], init: normal(1) } } };
const tree = (x: number): Params => ({ a: tf.tensor1d([x, 0.1]), b: { c: tf.tensor2d([[x / 3]]) } });

const make = (): StoredState<Params> => ({
  state: { params: tree(1), adam: { m: tree(2), v: tree(1e-40), step: 7 }, cursor: { epoch: 2, batch: 11 } },
  history: { best: { score: 0.1 + 0.2, step: 5 }, stale: 1 },
  note: '{"any": "text"}\n',
});
const free = ({ state: { params, adam } }: StoredState<Params>) => [params, adam.m, adam.v].forEach(disposeTree);

test('a state comes back bit for bit', () =>
  withoutLeaks(async () => {
    const stored = make();
    const found = readTrainState<Params>('this run', spec, await writeTrainState(stored));
    expect({ ...found, state: { ...found.state.cursor, step: found.state.adam.step } }).toEqual({
      ...stored,
      state: { ...stored.state.cursor, step: 7 },
    });
    for (const [got, want] of [
      [found.state.params, stored.state.params],
      [found.state.adam.m, stored.state.adam.m],
      [found.state.adam.v, stored.state.adam.v],
    ] as const) {
      await expectClose(got.a, want.a, { atol: 0 });
      await expectClose(got.b.c, want.b.c, { atol: 0 });
    }
    free(stored);
    free(found);
  }));

test('what cannot be resumed is refused, and nothing leaks', () =>
  withoutLeaks(async () => {
    const stored = make();
    const bytes = await writeTrainState(stored);
    free(stored);
    const { tensors, metadata } = readSafetensors(bytes);
    const refused = (bytes: Uint8Array, message: string) => {
      const read = () => readTrainState<Params>('this run', spec, bytes);
      expect(read).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
      expect(read).toThrow(message);
    };
    refused(bytes.slice(0, -1), 'Cannot read safetensors');
    refused(
      writeSafetensors({ tensors, metadata: {} }),
      "Expected a checkpoint of format 'ringformer-train/1', got 'undefined'",
    );
    const { 'm.a': moment, ...rest } = tensors;
    const odd = { ...rest, odd: moment! };
    refused(writeSafetensors({ tensors: odd, metadata }), '- m.a [2] is in the model but not in the checkpoint');
    refused(writeSafetensors({ tensors: odd, metadata }), '+ odd [2] is in the checkpoint but not in the model');
    const changes: Record<string, string>[] = [
      { step: 'x' },
      { step: '' },
      { cursor: '' },
      { cursor: 'null' },
      { history: '{}' },
    ];
    for (const changed of changes) {
      refused(writeSafetensors({ tensors, metadata: { ...metadata, ...changed } }), 'step, cursor or history');
    }
  }));

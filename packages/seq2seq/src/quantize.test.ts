import { disposeTree, type Raw, treeToRaw, writeSafetensors } from '@ringformer/core';
import { withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { tinyModel } from '@ringformer/test-tools/translation/tiny';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadSeq2seq } from './checkpoint.ts';
import { quantizeSeq2seq, type Storage } from './quantize.ts';
import { readStored, readWeights } from './weights.ts';

beforeAll(startCpu);

const model = () => tinyModel({}, 3);
const file = (tensors: Record<string, Raw>) => writeSafetensors({ tensors, metadata: {} });

describe.each<[Storage, number, string]>([
  ['int8', 0.01, 'I8'],
  ['bf16', 0.004, 'BF16'],
  ['f16', 0.0005, 'F16'],
  ['f32', 0, 'F32'],
])('%s', (to, tolerance, dtype) => {
  test('matrices come back within the precision of the type', async () => {
    const { config, params } = model();
    const weights = await treeToRaw(params);
    disposeTree(params);
    const bytes = file(quantizeSeq2seq(weights, to));
    const stored = readStored(config, bytes);
    expect(stored['encoder.shared.ffn.fc1.weight']?.dtype).toBe(dtype);
    expect(stored['head.bias']?.dtype).toBe(to === 'f16' ? 'F16' : 'F32');
    const back = readWeights(config, bytes);
    expect(Object.keys(back).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, { data }] of Object.entries(weights)) {
      const most = Math.max(...data.map(Math.abs));
      data.forEach((x, i) =>
        expect(Math.abs(x - (back[name]?.data[i] as number))).toBeLessThanOrEqual(tolerance * most),
      );
    }
  });
});

describe('a damaged int8 file', () => {
  const damaged = async (change: (tensors: Record<string, Raw>) => void) => {
    const { config, params } = model();
    const tensors = quantizeSeq2seq(await treeToRaw(params), 'int8');
    disposeTree(params);
    change(tensors);
    return [() => loadSeq2seq(config, file(tensors)), () => readStored(config, file(tensors))] as const;
  };
  const NAME = 'decoder.shared.cross.key.weight';

  test.each<[string, (tensors: Record<string, Raw>) => void]>([
    [`expected ${NAME}.scale [8], got none`, (tensors) => delete tensors[`${NAME}.scale`]],
    [
      `expected ${NAME}.scale [8], got F32 [4,2]`,
      (tensors) => (tensors[`${NAME}.scale`] = { dtype: 'F32', shape: [4, 2], data: new Float32Array(8).fill(1) }),
    ],
    [
      `${NAME}.scale holds Infinity at position 0`,
      (tensors) => tensors[`${NAME}.scale`]?.data.fill(Number.POSITIVE_INFINITY, 0, 1),
    ],
    [
      `+ other.scale [1] is in the checkpoint`,
      (tensors) => (tensors['other.scale'] = { dtype: 'F32', shape: [1], data: new Float32Array(1) }),
    ],
    [
      'head.bias is I8 in the checkpoint',
      (tensors) => (tensors['head.bias'] = { dtype: 'I8', shape: [11], data: new Int8Array(11) }),
    ],
  ])('%s', (message, change) =>
    withoutLeaks(async () => {
      for (const load of await damaged(change)) expect(load).toThrow(message);
    }),
  );
});

import { disposeTree, floatToHalf, halfToFloat, readSafetensors, writeSafetensors } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { logitsOf, tinyConfig, tinyModel, tinyModelOf } from '@ringformer/test-tools/translation/tiny';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { baselines } from './baselines/index.ts';
import { loadSeq2seq, saveSeq2seq } from './checkpoint.ts';
import { readConfig, writeConfig } from './config.ts';

beforeAll(startCpu);

describe.each(['ours', 'reference'] as const)('by %s names', (names) => {
  test.each(['none', 'output', 'all'] as const)('a saved model loads and computes the same, tie %s', (tie) =>
    withoutLeaks(async () => {
      const model = tinyModel({ tie });
      const loaded = loadSeq2seq(model.config, await saveSeq2seq(model, { names }));
      const [want, found] = [model, loaded].map((model) => logitsOf(model, [[1, 5, 2]], [[1, 4]])) as [
        tf.Tensor,
        tf.Tensor,
      ];
      await expectClose(found, want, { atol: 1e-5 });
      tf.dispose([want, found]);
      for (const { params } of [model, loaded]) disposeTree(params);
    }),
  );
});

test.each(Object.keys(baselines))('a saved %s model loads and computes the same, by either names', (architecture) =>
  withoutLeaks(async () => {
    const model = tinyModelOf({ architecture, tie: 'all' });
    const want = logitsOf(model, [[1, 5, 2]], [[1, 4]]);
    for (const names of ['ours', 'reference'] as const) {
      const loaded = loadSeq2seq(model.config, await saveSeq2seq(model, { names }), model.architecture);
      const found = logitsOf(loaded, [[1, 5, 2]], [[1, 4]]);
      await expectClose(found, want, { atol: 1e-5 });
      found.dispose();
      disposeTree(loaded.params);
    }
    want.dispose();
    disposeTree(model.params);
  }),
);

test('half precision rounds each weight and no more', () =>
  withoutLeaks(async () => {
    const model = tinyModel();
    const bytes = await saveSeq2seq(model, { dtype: 'F16' });
    const loaded = loadSeq2seq(model.config, bytes);
    const want = Array.from(model.params.head.bias.dataSync(), (x) => halfToFloat(floatToHalf(x)));
    await expectClose(loaded.params.head.bias, want, { atol: 0 });
    for (const { params } of [model, loaded]) disposeTree(params);
  }));

test('checkpoints of another model are refused and leak nothing', () =>
  withoutLeaks(async () => {
    const model = tinyModel();
    const bytes = await saveSeq2seq(model);
    disposeTree(model.params);
    const refused = (given: Parameters<typeof tinyConfig>[0], bytes: Uint8Array, message: string) => {
      const load = () => loadSeq2seq(tinyConfig(given), bytes);
      expect(load).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
      expect(load).toThrow(message);
    };
    refused(
      { decoderLevels: 4 },
      bytes,
      '~ decoder.levels.selfNorm.weight is [3,8] in the checkpoint, [4,8] in the model',
    );
    refused({ positions: 'learned' }, bytes, '- encoder.positions [12,8] is in the model but not in the checkpoint');
    refused({ bias: false }, bytes, '+ encoder.shared.attn.query.bias [8] is in the checkpoint but not in the model');
    refused({}, bytes.slice(0, -1), 'Cannot read safetensors');
    const { tensors } = readSafetensors(bytes);
    tensors['head.bias']!.data[3] = Number.NaN;
    refused({}, writeSafetensors({ tensors, metadata: {} }), 'head.bias holds NaN at position 3');
  }));

describe('config.json', () => {
  test('is read as it was written', () => {
    const config = tinyConfig({ tie: 'all', normEpsilon: 1e-6 });
    expect(readConfig(writeConfig(config))).toEqual(config);
  });

  test('an early file, which names no architecture, is a ring', () => {
    const text = writeConfig(tinyConfig()).replace('"architecture": "ring",', '');
    expect(text).not.toContain('architecture');
    expect(readConfig(text)).toEqual(tinyConfig());
  });

  test.each([
    ['{', 'not JSON'],
    ['null', 'got undefined'],
    ['[]', 'got undefined'],
    ['{"format":"bert"}', "expected format 'ringformer-seq2seq/1'"],
    ['{"format":"ringformer-seq2seq/1"}', 'dim is undefined'],
    [writeConfig(tinyConfig()).replace('"ring"', '7'), "architecture is 7; expected 'ring' or another name"],
    [writeConfig(tinyConfig()).replace('"scaleEmbedding"', '"scale"'), 'scaleEmbedding is undefined'],
  ])('%s is refused', (text, message) => {
    expect(() => readConfig(text)).toThrow(expect.objectContaining({ code: 'bad-config' }));
    expect(() => readConfig(text)).toThrow(message);
  });
});

import { disposeTree, type Raw, readSafetensors, treeToRaw } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { startCpu } from '../../core/test/start-cpu.ts';
import { fixtureConfig, fixtureFile } from '../test/fixture-case.ts';
import { paramNames, tinyModel } from '../test/tiny.ts';
import type { Seq2seqConfig } from './config.ts';
import { exportReference, importReference, isReference } from './names.ts';

beforeAll(startCpu);

describe.each(['ring_a', 'ring_b', 'ring_c'])('%s', (name) => {
  const config = fixtureConfig(name);
  const theirs = readSafetensors(fixtureFile(name, 'weights.safetensors')).tensors;

  test("the authors' names become ours, all of them", () => {
    expect(isReference(theirs)).toBe(true);
    const ours = importReference(config, theirs);
    expect(isReference(ours)).toBe(false);
    expect(Object.keys(ours).sort()).toEqual(paramNames(config).sort());
  });

  test('importing and exporting again changes nothing', async () => {
    const back = exportReference(config, importReference(config, theirs));
    expect(Object.keys(back).sort()).toEqual(Object.keys(theirs).sort());
    for (const [key, want] of Object.entries(theirs)) {
      expect(back[key]!.shape).toEqual(want.shape);
      await expectClose(back[key]!, want, { atol: key.endsWith('.pe') ? 1e-6 : 0 });
    }
  });
});

const config = fixtureConfig('ring_a');
const theirs = readSafetensors(fixtureFile('ring_a', 'weights.safetensors')).tensors;

test('a sinusoid that is another is refused', () => {
  const pe = theirs['encoder.pos_layer.pe']!;
  const wrong = { ...theirs, 'encoder.pos_layer.pe': { ...pe, data: pe.data.map((x, i) => (i === 40 ? x + 0.1 : x)) } };
  expect(() => importReference(config, wrong)).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
  expect(() => importReference(config, wrong)).toThrow('encoder.pos_layer.pe differs');
});

describe.each<Partial<Seq2seqConfig>>([
  { tie: 'none', scaleEmbedding: true },
  { tie: 'output', scaleEmbedding: false },
  { tie: 'output', scaleEmbedding: true },
  { tie: 'all', scaleEmbedding: true },
])('with %j', (given) => {
  const model = async () => {
    const { config, params } = tinyModel(given);
    const raw = await treeToRaw(params);
    disposeTree(params);
    return { config, raw };
  };

  test('exporting and importing again changes nothing', () =>
    withoutLeaks(async () => {
      const { config, raw } = await model();
      const back = importReference(config, exportReference(config, raw));
      expect(Object.keys(back).sort()).toEqual(Object.keys(raw).sort());
      for (const [key, want] of Object.entries(raw)) await expectClose(back[key]!, want, { atol: 0, rtol: 2e-7 });
    }));

  test('their model, which neither scales nor ties, gets what ours computes with', async () => {
    const { config, raw } = await model();
    const named = exportReference(config, raw);
    const scale = given.scaleEmbedding ? 8 ** 0.5 : 1;
    const tokens = raw['decoder.tokens']!;
    const scaled = (x: Raw) => Array.from(x.data, (value) => value * scale);
    await expectClose(named['decoder.emb_layer.emb_layer.weight']!.data, scaled(tokens));
    await expectClose(named['encoder.emb_layer.emb_layer.weight']!.data, scaled(raw['encoder.tokens'] ?? tokens));
    await expectClose(named['fc.weight']!.data, (raw['head.weight'] ?? tokens).data, { atol: 0 });
  });
});

test('tables that are to be tied but differ are refused', () => {
  for (const tie of ['output', 'all'] as const) {
    const load = () => importReference({ ...config, tie }, theirs);
    expect(load).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
    expect(load).toThrow("differs from the output layer's table");
  }
});

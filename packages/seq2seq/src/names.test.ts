import { disposeTree, flattenSpec, type Raw, readSafetensors, type SpecTree, treeToRaw } from '@ringformer/core';
import { product } from '@ringformer/core/base';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { FIXTURES, fixtureConfig, fixtureFile } from '@ringformer/test-tools/translation/fixtures';
import { architectures, paramNames, tinyConfig, tinyModel } from '@ringformer/test-tools/translation/tiny';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Architecture } from './architecture.ts';
import { universal } from './baselines/index.ts';
import type { Seq2seqConfig } from './config.ts';
import { exportReference, importReference, isReference } from './names.ts';

beforeAll(startCpu);

describe.each(FIXTURES)('%s', (name) => {
  const config = fixtureConfig(name);
  const layout = architectures[config.architecture] as Architecture;
  const theirs = readSafetensors(fixtureFile(name, 'weights.safetensors')).tensors;

  test("the authors' names become ours, all of them", () => {
    expect(isReference(theirs)).toBe(true);
    const ours = importReference(config, theirs, layout);
    expect(isReference(ours)).toBe(false);
    expect(Object.keys(ours).sort()).toEqual(paramNames(config, layout).sort());
  });

  test('importing and exporting again changes nothing', async () => {
    const back = exportReference(config, importReference(config, theirs, layout), layout);
    expect(Object.keys(back).sort()).toEqual(Object.keys(theirs).sort());
    for (const [key, want] of Object.entries(theirs)) {
      expect(back[key]!.shape).toEqual(want.shape);
      await expectClose(back[key]!, want, { atol: /pos_layer\.pe|enc_le$/.test(key) ? 1e-6 : 0 });
    }
  });
});

const config = fixtureConfig('ring_a');
const theirs = readSafetensors(fixtureFile('ring_a', 'weights.safetensors')).tensors;

test.each([
  ['ring_a', 'encoder.pos_layer.pe'],
  ['universal_a', 'encoder.pos_layer.pe'],
  ['universal_a', 'decoder.lev_layer.enc_le'],
])('of %s, %s that is another is refused', (name, table) => {
  const config = fixtureConfig(name);
  const theirs = readSafetensors(fixtureFile(name, 'weights.safetensors')).tensors;
  const stored = theirs[table]!;
  const wrong = { ...theirs, [table]: { ...stored, data: stored.data.map((x, i) => (i === 40 ? x + 0.1 : x)) } };
  const load = () => importReference(config, wrong, architectures[config.architecture]);
  expect(load).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
  expect(load).toThrow(`${table} differs`);
});

test('positions that the universal model learned but does not read are left out, and come back as zeros', () => {
  const config = tinyConfig({ architecture: 'universal', positions: 'learned' });
  const raw: Record<string, Raw> = Object.fromEntries(
    flattenSpec(universal.spec(config) as SpecTree).map(([name, { shape, init }]) => {
      const size = product(shape);
      return [name, { dtype: 'F32', shape, data: init(size, 1) }];
    }),
  );
  const named = exportReference(config, raw, universal);
  const table = named['encoder.pos_layer.emb_layer.weight']!;
  expect(table.shape).toEqual([12, 8]);
  const learnt = { ...named, 'encoder.pos_layer.emb_layer.weight': { ...table, data: table.data.map(() => 7) } };
  expect(Object.keys(importReference(config, learnt, universal)).sort()).toEqual(paramNames(config, universal).sort());
});

test('weights and an architecture that do not belong together are refused', () => {
  for (const work of [importReference, exportReference]) {
    expect(() => work(config, theirs, universal)).toThrow(expect.objectContaining({ code: 'bad-config' }));
    expect(() => work(config, theirs, universal)).toThrow(
      "architecture 'ring', but the architecture given is 'universal'",
    );
  }
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

  test('their model, which neither scales nor ties, gets the numbers that ours computes with', async () => {
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

import { copyFileSync, cpSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelFor, packageOf } from '../src/kinds.ts';
import { filesFor } from '../src/model.ts';
import { cli, scratch, tinyModel } from './cli.ts';

const translate = (...argv: string[]) => cli(['translate', '--max-length', '3', ...argv, 'guten Morgen']);

/** The tiny model, and the same weights under other names whose translations differ. */
async function twoWeights(): Promise<{ folder: string; at: (name: string) => string }> {
  const folder = await tinyModel();
  const small = join(scratch(), 'small');
  expect((await cli(['quantize', '-m', folder, '-o', small])).code).toBe(0);
  copyFileSync(join(small, 'model.safetensors'), join(folder, 'model-int8.safetensors'));
  const manifest = (weights: string) =>
    JSON.stringify({
      format: 'ringformer-files/1',
      files: { config: { name: 'config.json' }, weights: { name: weights }, tokenizer: { name: 'tokenizer.json' } },
    });
  writeFileSync(join(folder, 'model-int8.json'), manifest('model-int8.safetensors'));
  writeFileSync(join(folder, 'lost.json'), manifest('lost.safetensors'));
  return { folder, at: (name) => join(folder, name) };
}

test('-m FILE reads that file', async () => {
  const { folder, at } = await twoWeights();
  const engine = { backend: 'wasm', engine: 'auto', precision: 'auto' } as const;
  const weights = async (model: string) => (await filesFor(model, engine)).weights;
  expect(await weights(folder)).toBe(at('model.safetensors'));
  expect(await weights(at('model-int8.safetensors'))).toBe(at('model-int8.safetensors'));
  expect(await weights(at('model-int8.json'))).toBe(at('model-int8.safetensors'));
  expect((await translate('-m', at('model-int8.json'))).code).toBe(0);
});

test.each([
  ['config.json', /config\.json is not a model\. Expected a directory with config\.json, model\.safetensors/],
  ['tokenizer.json', /tokenizer\.json is not a model/],
  ['lost.json', /is not the manifest of such a model: lost\.safetensors missing/],
  ['model.pt', /model\.pt is not a model\..* ringformer import/],
  ['none.json', /There is no model at .*none\.json/],
])('-m %s is refused', async (name, message) => {
  const { at } = await twoWeights();
  if (name === 'model.pt') copyFileSync(at('model.safetensors'), at(name));
  const { code, err } = await translate('-m', at(name));
  expect(code).toBe(1);
  expect(err).toMatch(message);
});

test('-m names a packaged model; int8 is the default for our engine, float16 for the others', async () => {
  const names = async (model: string | undefined, engine?: object) => {
    const how = { backend: 'wasm', engine: 'auto', precision: 'auto', ...engine } as const;
    return String((await filesFor(model, how)).weights)
      .split('/')
      .at(-1);
  };
  expect(await names(undefined)).toBe('model-int8.safetensors');
  expect(await names(undefined, { precision: 'int8', engine: 'wasm' })).toBe('model-int8.safetensors');
  for (const other of [
    { precision: 'f32' },
    { precision: 'bf16' },
    { engine: 'tfjs' },
    { engine: 'onnx' },
    { backend: 'cpu' },
  ])
    expect(await names(undefined, other)).toBe('model.safetensors');
  expect(await names('@ringformer/model-de-en')).toBe('model.safetensors');
  expect(await names('@ringformer/model-de-en/int8', { engine: 'tfjs' })).toBe('model-int8.safetensors');
  expect(await names('de-en')).toBe('model-int8.safetensors');
  const reverse = await filesFor('en-de', { backend: 'cpu', engine: 'auto', precision: 'auto' });
  expect(String(reverse.weights)).toMatch(/model-en-de\/model\/model\.safetensors$/);
  const { code, err } = await translate('-m', '@ringformer/model-de-en/int4');
  expect(code).toBe(1);
  expect(err).toContain('Did you mean @ringformer/model-de-en/int8?');
  expect((await cli(['classify', 'x.png', '-m', '@ringformer/model-de-en'])).err).toContain(
    'There is no image classifier',
  );
});

test('without --model, the languages choose the packaged model', async () => {
  const deEn = '@ringformer/model-de-en/auto';
  const enDe = '@ringformer/model-en-de/auto';
  expect(modelFor({})).toBeUndefined();
  expect(modelFor({ from: 'DE' })).toBe(deEn);
  expect(modelFor({ from: 'de-AT', to: 'en' })).toBe(deEn);
  expect(modelFor({ to: 'de-CH' })).toBe(enDe);
  expect(modelFor({ from: 'en' })).toBe(enDe);
  expect(modelFor({ model: 'mine', to: 'fr' })).toBe('mine');
  expect(packageOf(enDe, '/int8')).toBe('@ringformer/model-en-de/int8');
  expect(packageOf(enDe)).toBe('@ringformer/model-en-de');
  expect(() => modelFor({ from: 'en', to: 'fr' })).toThrow(
    'No packaged model translates from en to fr. There are de-en and en-de; give another model with --model.',
  );
  expect((await cli(['translate', 'oui', '--from', 'fr'])).code).toBe(2);
  expect((await cli(['translate', 'ja', '-m', 'de-fr'])).err).toContain('Packaged models are de-en and en-de.');
});

test("a folder's name comes before the short name of a packaged model", async () => {
  const at = process.cwd();
  const folder = scratch();
  cpSync(await tinyModel(), join(folder, 'en-de'), { recursive: true });
  process.chdir(folder);
  try {
    expect(packageOf('en-de')).toBe('en-de');
    expect(packageOf(modelFor({ to: 'de' }))).toBe('@ringformer/model-en-de');
  } finally {
    process.chdir(at);
  }
});

test('inspect, export and cost take packaged models of both kinds', async () => {
  const shown = JSON.parse((await cli(['inspect', '@ringformer/model-de-en/int8', '--json'])).out);
  expect(shown).toMatchObject({ format: 'safetensors', config: { format: 'ringformer-seq2seq/1' } });
  expect(shown.file).toMatch(/model-int8\.safetensors$/);
  const images = await cli(['inspect', '@ringformer/model-fashion']);
  expect(images.out).toMatch(/model\.safetensors: safetensors, \d+ tensors, 380,362 numbers/);
  expect(await cli(['inspect', '@ringformer/model-fasion'])).toMatchObject({
    code: 1,
    err: 'ringformer: There is no model in @ringformer/model-fasion. Did you mean @ringformer/model-fashion?\n',
  });
  expect((await cli(['inspect', 'nowhere'])).err).toContain('no such file or directory');
  const out = scratch();
  expect((await cli(['export', '@ringformer/model-fashion', '-o', join(out, 'graph'), '--format', 'onnx'])).code).toBe(
    0,
  );
  expect(readdirSync(join(out, 'graph')).sort()).toEqual(['classifier.onnx', 'config.json', 'transform.json']);
  expect((await cli(['export', '@ringformer/model-de-en', '-o', join(out, 'w.safetensors')])).code).toBe(0);
  expect((await cli(['cost', '-m', '@ringformer/model-fashion'])).out).toContain('380,362');
});

test('every command takes the folder of a training run', async () => {
  const run = scratch();
  cpSync(await tinyModel(), join(run, 'model'), { recursive: true });
  writeFileSync(join(run, 'run.json'), '{}');
  expect((await translate('-m', run)).code).toBe(0);
  const out = scratch();
  expect((await cli(['quantize', '-m', run, '-o', join(out, 'small')])).code).toBe(0);
  expect((await cli(['export', run, '-o', join(out, 'weights.safetensors')])).code).toBe(0);
  expect((await cli(['export', run, '-o', join(out, 'graphs'), '--format', 'onnx'])).code).toBe(0);
  expect((await cli(['doctor', '-m', run])).out).toContain('2+2 levels, dim 16');
  renameSync(join(run, 'model', 'model.safetensors'), join(run, 'elsewhere'));
  expect((await translate('-m', run)).err).toContain('is a training run without weights so far');
});

import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core/base';
import { goldenCheckpoint } from '@ringformer/test-tools/golden-files';
import { expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';

const fixture = (name: string, file = 'weights.safetensors') =>
  fileURLToPath(new URL(`../../../fixtures/${name}/${file}`, import.meta.url));
const settings = (name: string) => JSON.parse(readFileSync(fixture(name, 'config.json'), 'utf8'));

const MODELS = ['ring', 'vanilla', 'universal', 'owf'].flatMap((model) =>
  ['a', 'b'].map((which) => `${model}_${which}`),
);
const NAMES = ['ring_c', ...MODELS, ...MODELS.map((name) => `vision_${name}`)];

/** The flags for what weights do not show. */
const flagsOf = ({ task, num_head, heads, img }: ReturnType<typeof settings>) =>
  task === 'vision' ? ['--heads', String(heads), '--image-size', String(img)] : ['--heads', String(num_head)];

test.each(NAMES)('%s is recognised, imported, and exported as it was', async (name) => {
  const theirs = settings(name);
  const [model, file] = [join(scratch(), 'model'), join(scratch(), 'out.safetensors')];
  const imported = await cli(['import', fixture(name), '-o', model, ...flagsOf(theirs), '--json']);
  expect(imported).toMatchObject({ code: 0, err: '' });
  const { config, task } = JSON.parse(imported.out);
  expect(config.architecture).toBe(theirs.model);
  expect(task).toBe(theirs.task);
  expect(config.dim).toBe(theirs.hidden ?? theirs.hidden_dim);
  expect(config.levels ?? config.encoderLevels).toBe(theirs.levels ?? theirs.enc_num_layers);
  expect(config.levels ?? config.decoderLevels).toBe(theirs.levels ?? theirs.dec_num_layers);
  if (task === 'vision') expect(config).toMatchObject({ imageSize: theirs.img, patchSize: theirs.patch });
  else expect(config).toMatchObject({ bias: Boolean(theirs.bias), maxLength: theirs.max_len });
  expect((await cli(['export', model, '-o', file])).code).toBe(0);
  const { tensors } = readSafetensors(readFileSync(file));
  const expected = readSafetensors(readFileSync(fixture(name))).tensors;
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected).sort());
  for (const [key, { shape, data }] of Object.entries(expected) as [string, Raw][]) {
    expect(tensors[key]?.shape, key).toEqual(shape);
    const worst = Array.from(data).reduce(
      (most, x, i) => Math.max(most, Math.abs(x - (tensors[key]?.data[i] as number))),
      0,
    );
    expect(worst, key).toBeLessThan(1e-6); // fixed tables are computed again; everything else is the same
  }
});

test('prefixes of wrappers are stripped; one error lists everything that does not fit; nothing is left behind', async () => {
  const { tensors } = readSafetensors(readFileSync(fixture('vision_ring_a')));
  const prefixed = Object.fromEntries(Object.entries(tensors).map(([name, raw]) => [`module._orig_mod.${name}`, raw]));
  const file = join(scratch(), 'weights.safetensors');
  const output = join(scratch(), 'model');
  writeFileSync(file, writeSafetensors({ tensors: prefixed, metadata: {} }));
  expect((await cli(['import', file, '-o', `${output}/`, '--heads', '4'])).code).toBe(0);
  const { 'head.bias': bias, ...rest } = tensors;
  const broken = { ...rest, odd: bias!, 'transformer.encoder.encoder_norm.bias': bias! };
  writeFileSync(file, writeSafetensors({ tensors: broken, metadata: {} }));
  const next = join(scratch(), 'next');
  const { code, err } = await cli(['import', file, '-o', next, '--heads', '4']);
  expect(code).toBe(1);
  expect(err).toMatch(/- head\.bias \[10\].*\n.*\+ odd \[10\].*\n.*~ norm\.bias is \[10\] in the checkpoint, \[32\]/);
  expect(existsSync(next)).toBe(false);
});

test.each(['ring_b', 'owf_a', 'vision_ring_a', 'vision_universal_b'])('%s as ONNX graphs', async (name) => {
  const [model, graphs] = [join(scratch(), 'model'), join(scratch(), 'graphs')];
  await cli(['import', fixture(name), '-o', model, ...flagsOf(settings(name))]);
  const { code, out } = await cli(['export', model, '-o', `${graphs}/`, '--format', 'onnx', '--levels', '2', '--json']);
  expect(code).toBe(0);
  const { files } = JSON.parse(out);
  expect(files).toEqual(name.startsWith('vision') ? ['classifier.onnx'] : ['encoder.onnx', 'decoder.onnx']);
  for (const file of [...files, 'config.json']) expect(existsSync(join(graphs, file)), file).toBe(true);
  const config = JSON.parse(readFileSync(join(graphs, 'config.json'), 'utf8'));
  expect(config.levels ?? config.decoderLevels).toBe(2);
  const again = await cli(['export', model, '-o', graphs, '--format', 'onnx']);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('already exists') });
});

const importing = async (tensors: Record<string, Raw>, ...more: string[]) => {
  const [file, output] = [join(scratch(), 'weights.safetensors'), join(scratch(), 'model')];
  writeFileSync(file, writeSafetensors({ tensors, metadata: {} }));
  return { output, ...(await cli(['import', file, '-o', output, '--heads', '4', ...more])) };
};
const ring = () => readSafetensors(readFileSync(fixture('ring_a'))).tensors;
const mapped = (tensors: Record<string, Raw>, change: (name: string, raw: Raw) => [string, Raw]) =>
  Object.fromEntries(Object.entries(tensors).map(([name, raw]) => change(name, raw)));

test.each(['F16', 'BF16'] as const)(
  'case text/08: weights of %s are imported, rounded tables and all',
  async (dtype) => {
    for (const name of ['ring_a', 'universal_a', 'vision_ring_a']) {
      const { tensors } = readSafetensors(readFileSync(fixture(name)));
      const half = mapped(tensors, (key, raw) => [key, { ...raw, dtype }]);
      expect(await importing(half), name).toMatchObject({ code: 0, err: '' });
      // the same numbers, stored as float32 again
      const rounded = readSafetensors(writeSafetensors({ tensors: half, metadata: {} })).tensors;
      const again = mapped(rounded, (key, raw) => [key, { ...raw, dtype: 'F32' }]);
      expect((await importing(again)).code, name).toBe(0);
    }
    const wrong = mapped(ring(), (key, raw) => [
      key,
      { ...raw, dtype, data: raw.data.map((x) => (key.endsWith('.pe') ? x * 1.05 : x)) },
    ]);
    expect((await importing(wrong)).err).toMatch(
      /pos_layer\.pe differs by 0\.0\d+ from the table that its formula gives/,
    );
  },
);

test("case text/14: a trainer's prefix is stripped, and other parts are left out and named", async () => {
  const one = (raw: Raw): Record<string, Raw> => ({ 'criterion.weight': raw });
  for (const prefix of ['model.', 'model.module.', 'module.model._orig_mod.', 'net.student.']) {
    const named = mapped(ring(), (name, raw) => [prefix + name, raw]);
    expect(await importing(named), prefix).toMatchObject({ code: 0, err: '' });
    const more = { ...named, ...one(named[`${prefix}decoder.emb_layer.emb_layer.weight`]!) };
    const { code, err } = await importing(more);
    expect(code).toBe(0);
    expect(err).toBe('ringformer: Left out, because the model does not need it: criterion.weight\n');
    const { out } = await importing(more, '--json');
    expect(JSON.parse(out)).toMatchObject({ skipped: ['criterion.weight'] });
  }
  const both = {
    ...mapped(ring(), (name, raw) => [`model.${name}`, raw]),
    ...mapped(ring(), (name, raw) => [`ema.${name}`, raw]),
  };
  expect(await importing(both)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/several models: (model, ema|ema, model)\. Choose one: --key/),
  });
  expect((await importing(both, '--key', 'ema')).code).toBe(0);
  const vision = readSafetensors(readFileSync(fixture('vision_ring_a'))).tensors;
  expect((await importing(mapped(vision, (name, raw) => [`backbone.${name}`, raw]))).code).toBe(0);
});

test('case text/14: pointers and web pages are called so, in import, inspect and in a model', async () => {
  const model = join(scratch(), 'model');
  await cli(['import', fixture('ring_a'), '-o', model, '--heads', '4']);
  const weights = join(model, 'model.safetensors');
  for (const [content, message] of [
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
      /is a Git LFS pointer, not the file itself\. Run: git lfs pull\./,
    ],
    ['<!DOCTYPE html><html></html>', /is a web page, not the file itself\. Check the address and download it again\./],
  ] as const) {
    writeFileSync(weights, content);
    for (const argv of [
      ['import', weights, '-o', join(scratch(), 'new')],
      ['inspect', weights],
      ['inspect', model],
      ['export', model, '-o', join(scratch(), 'new.safetensors')],
    ])
      expect(await cli(argv), argv[0]).toMatchObject({ code: 1, out: '', err: expect.stringMatching(message) });
  }
});

test('inspect shows types as stored, and what is in a run, a graph, or a folder of one checkpoint', async () => {
  const types = await cli(['inspect', goldenCheckpoint('types.safetensors'), '--json']);
  const { tensors } = JSON.parse(types.out);
  expect(tensors.map(({ dtype }: { dtype: string }) => dtype).sort()).toEqual([
    'BF16',
    'BOOL',
    'C64',
    'F16',
    'F32',
    'F64',
    'F8_E4M3',
    'F8_E4M3FNUZ',
    'F8_E5M2',
    'F8_E5M2FNUZ',
    'F8_E8M0',
    'I16',
    'I32',
    'I64',
    'I64',
    'I8',
    'U16',
    'U32',
    'U64',
    'U8',
  ]);
  const run = scratch();
  await cli(['import', fixture('ring_a'), '-o', join(run, 'model'), '--heads', '4']);
  writeFileSync(join(run, 'run.json'), JSON.stringify({ seed: 5 }));
  const shown = JSON.parse((await cli(['inspect', run, '--json'])).out);
  expect(shown).toMatchObject({
    run: { seed: 5 },
    config: { architecture: 'ring' },
    file: join(run, 'model', 'model.safetensors'),
  });
  copyFileSync(join(run, 'model', 'model.safetensors'), join(run, 'checkpoint.safetensors'));
  rmSync(join(run, 'model', 'model.safetensors'));
  expect(JSON.parse((await cli(['inspect', run, '--json'])).out).file).toBe(join(run, 'checkpoint.safetensors'));
  const graphs = join(scratch(), 'graphs');
  const vision = join(scratch(), 'vision');
  await cli(['import', fixture('vision_ring_a'), '-o', vision, '--heads', '4']);
  await cli(['export', vision, '-o', graphs, '--format', 'onnx']);
  expect((await cli(['inspect', graphs])).out).toMatch(
    /ONNX graphs\n.*"format":"ringformer-vit\/1".*\nclassifier\.onnx: [\d,]+ bytes\n$/,
  );
  const folder = scratch();
  copyFileSync(goldenCheckpoint('trainer.pt'), join(folder, 'pytorch_model.bin'));
  expect(JSON.parse((await cli(['inspect', folder, '--json'])).out)).toMatchObject({ format: 'torch', total: 9 });
  expect(await cli(['inspect', scratch()])).toMatchObject({
    code: 1,
    err: expect.stringContaining('holds no weights: expected'),
  });
});

test('inspect lists tensors of archives, files and directories', async () => {
  const archive = goldenCheckpoint('trainer.pt');
  const { out, code } = await cli(['inspect', archive, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    format: 'torch',
    total: 9,
    groups: { '_orig_mod.weight': 6, '_orig_mod.bias': 3 },
  });
  const model = join(scratch(), 'model');
  await cli(['import', fixture('ring_a'), '-o', model, '--heads', '4']);
  const listed = await cli(['inspect', model]);
  expect(listed.out).toContain('"architecture":"ring"');
  expect(listed.out).toMatch(/decoder\.tokens +F32 +\[\d+ \d+\]/);
});

test('bad input: one clear message each', async () => {
  const refused = async (argv: string[], code: number, message: RegExp) => {
    const ran = await cli(argv);
    expect(ran.err).toMatch(message);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err.trimEnd().split('\n')).toHaveLength(1);
  };
  const evil = goldenCheckpoint('evil.pt');
  const output = join(scratch(), 'model');
  await refused(['import', evil, '-o', output], 1, /asks to call (posix|nt)\.system/);
  await refused(['import', fixture('ring_a')], 2, /--output needs/);
  await refused(['import', 'none.pt', '-o', output], 1, /none\.pt cannot be read/);
  const kinds = goldenCheckpoint('kinds.pt');
  await refused(
    ['import', kinds, '-o', output],
    1,
    /belong to none of the authors' models: expected .*, got f32, f64, f16, …/,
  );
  await refused(['import', fixture('vision_universal_b'), '-o', output], 1, /Add --image-size/);
  await refused(['inspect'], 2, /Give one checkpoint, model directory or package/);
  await refused(['export', scratch(), '-o', output], 1, /is not a model: config\.json and model\.safetensors missing/);
  expect(existsSync(output)).toBe(false);
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { disposeTree } from '@ringformer/core';
import { trainTokenizer } from '@ringformer/text';
import { initVit, saveVit, vitConfig, writeConfig } from '@ringformer/vit';
import { encode } from 'fast-png';
import { beforeAll, expect, test } from 'vitest';
import { SENTENCES } from '../src/analyse/sentences.ts';
import { startBackend } from '../src/backends.ts';
import { cli, scratch, tinyModel } from './cli.ts';
import { stripes } from './stripes.ts';

beforeAll(async () => void (await startBackend('cpu')));

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');

/** Two files of text for a tiny model. */
function sentences(folder: string, lines = ['guten Morgen', 'Morgen', 'guten', 'en tug']): string[] {
  for (const name of ['source', 'target']) writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  return ['--source', join(folder, 'source'), '--target', join(folder, 'target')];
}

async function tinyVision(folder: string): Promise<string> {
  const config = vitConfig({
    dim: 8,
    heads: 2,
    levels: 2,
    rank: 2,
    imageSize: 8,
    patchSize: 4,
    channels: 1,
    classes: 2,
  });
  const model = initVit(config, 1);
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), writeConfig(config));
  writeFileSync(join(folder, 'model.safetensors'), await saveVit(model));
  writeFileSync(
    join(folder, 'transform.json'),
    '{"steps":[{"op":"grayscale"},{"op":"resize","size":8}],"normalize":"half"}',
  );
  disposeTree(model.params);
  return folder;
}

test('all of a translation model: a report, and each picture as SVG, PNG and JSON with the data that was drawn', async () => {
  const folder = scratch();
  const output = join(folder, 'new', 'out');
  const args = ['analyse', 'all', '-m', await tinyModel(), '-o', output, '--backend', 'cpu', '--json'];
  const { code, out, err } = await cli([...args, ...sentences(folder)]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { pictures } = JSON.parse(out) as { pictures: string[] };
  expect(pictures).toEqual([
    ...['cka-encoder', 'cka-decoder', 'distance-encoder', 'distance-decoder'],
    ...['rollout', 'attention-cross', 'attention-encoder', 'attention-decoder'],
    ...['alignment-level-1', 'alignment-level-2', 'signals', 'signals-words'],
    ...['similarity-encoder', 'similarity-decoder', 'states-encoder', 'states-decoder', 'depth'],
    ...['cost-parameters', 'cost-operations'],
  ]);
  const expected = pictures.flatMap((name) => ['json', 'png', 'svg'].map((ending) => `${name}.${ending}`));
  expect(readdirSync(output).sort()).toEqual([...expected, 'report.html'].sort());
  const report = read(output, 'report.html');
  for (const name of pictures) {
    const picture = JSON.parse(read(output, `${name}.json`));
    expect(picture.name).toBe(name);
    expect(read(output, `${name}.svg`)).toContain('<svg xmlns="http://www.w3.org/2000/svg"');
    const saved = new RegExp(`download="${name}\\.json" href="data:application/json;base64,([^"]+)"`).exec(report)?.[1];
    expect(JSON.parse(Buffer.from(saved ?? '', 'base64').toString())).toEqual(picture);
  }
  const again = await cli([...args, ...sentences(folder)]);
  expect(again).toMatchObject({
    code: 1,
    err: expect.stringContaining('already exists. Give --output a new directory'),
  });
});

test('CKA against another model, without PNG', async () => {
  const folder = scratch();
  const [model, output] = [await tinyModel(), join(folder, 'out')];
  const args = ['analyse', 'cka', '-m', model, '--against', model, '-o', output, '--backend', 'cpu', '--png', 'no'];
  const { code, out } = await cli([...args, ...sentences(folder)]);
  expect(code).toBe(0);
  expect(out).toMatch(/^Wrote report\.html and 4 pictures \(SVG, JSON\) to .*out in \d+ s\n$/);
  const { panels } = JSON.parse(read(output, 'cka-encoder-against.json'));
  expect(panels[0].values[1][1]).toBeCloseTo(1, 6);
});

test('an image classifier: of a data set, of a folder of images, of one image', async () => {
  const folder = scratch();
  const model = await tinyVision(join(folder, 'model'));
  const args = ['analyse', 'all', '-m', model, '--backend', 'cpu', '--png', 'no', '--json'];
  const found = await cli([...args, '--data', stripes(join(folder, 'data'), 6), '-o', join(folder, 'a')]);
  expect({ code: found.code, err: found.err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(found.out).pictures).toEqual([
    ...['cka-classifier', 'distance-classifier', 'attention-image-1', 'rollout-image-1', 'heads-image-1'],
    ...[
      'attention-image-2',
      'rollout-image-2',
      'signals',
      'signals-image',
      'similarity',
      'states',
      'depth',
      'cost-parameters',
      'cost-operations',
    ],
  ]);
  const { image } = JSON.parse(read(folder, 'a', 'attention-image-1.json'));
  expect([image.width, image.height, Math.min(...image.data), Math.max(...image.data)]).toEqual([8, 8, 0, 255]);

  const photos = join(folder, 'photos');
  mkdirSync(photos);
  const png = encode({ width: 8, height: 8, channels: 3, data: Uint8Array.from({ length: 192 }, (_, i) => i) });
  writeFileSync(join(photos, 'a.png'), png);
  const one = ['analyse', 'attention', '-m', model, '--backend', 'cpu', '--png', 'no', '--data'];
  expect((await cli([...one, photos, '-o', join(folder, 'b')])).code).toBe(0);
  expect((await cli([...one, join(photos, 'a.png'), '-o', join(folder, 'c')])).code).toBe(0);
  expect((await cli(['analyse', 'cka', ...one.slice(2), photos, '-o', join(folder, 'd')])).err).toContain(
    'CKA needs at least 4 images, got 1.',
  );
  expect((await cli(['analyse', 'depth', ...one.slice(2), photos, '-o', join(folder, 'd')])).err).toContain(
    'depth needs images with classes that the model knows (0, 1)',
  );
  expect((await cli([...one, join(folder, 'none'), '-o', join(folder, 'd')])).code).toBe(1);
  expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'c', 'data', 'model', 'photos']);
});

test('wrong calls say what to do, and nothing is left behind', async () => {
  const folder = scratch();
  const [model, output] = [await tinyModel(), join(folder, 'out')];
  const fails = async (...args: string[]) => {
    const { code, err, out } = await cli(['analyse', ...args]);
    expect(out).toBe('');
    expect(code).toBeGreaterThan(0);
    return err;
  };
  expect(await fails('-o', output)).toContain('Give one kind: cka, distance, attention');
  expect(await fails('heads', '-o', output)).toContain("Unknown kind 'heads'. Expected cka");
  expect(await fails('cka')).toContain('--output needs a new directory');
  const on = ['-m', model, '--backend', 'cpu', '--png', 'no', '-o', output];
  expect(await fails('cka', ...on)).toContain('There are no built-in sentences for this model (unknown → unknown)');
  expect(await fails('cka', ...on, '--data', folder)).toContain('--data is for image classifiers');
  expect(await fails('cka', ...on, '--source', '/none')).toContain('Give both --source and --target');
  writeFileSync(join(folder, 'empty'), '\n\n');
  const empty = ['--source', join(folder, 'empty'), '--target', join(folder, 'empty')];
  expect(await fails('cka', ...on, ...empty)).toContain('every line is empty');
  const long = sentences(folder, ['x'.repeat(200)]);
  expect(await fails('cka', ...on, ...long)).toContain('reads at most 46 tokens of each');
  const vision = await tinyVision(join(folder, 'vision'));
  const seeing = ['-m', vision, '--backend', 'cpu', '--png', 'no', '-o', output];
  expect(await fails('cka', ...seeing)).toContain('This model comes without images. Give some as --data');
  expect(await fails('alignment', ...seeing)).toContain('alignment is for translation models');
  expect(await fails('cka', ...seeing, ...long)).toContain('For an image classifier, give --data');
  const stop = AbortSignal.abort();
  const stopped = await cli(['analyse', 'cka', ...on, ...sentences(folder)], { signal: stop });
  expect(stopped.code).toBe(130);
  expect(readdirSync(folder).filter((name) => /out/.test(name))).toEqual([]);
});

test('the built-in sentences: forty different pairs', () => {
  const pairs = SENTENCES['de en'] ?? [];
  expect(pairs).toHaveLength(40);
  expect(new Set(pairs.map(([source]) => source)).size).toBe(40);
  expect(pairs.every((pair) => pair.every((text) => /^\p{Lu}.*[.?!]$/u.test(text)))).toBe(true);
});

const png = (seed: number) =>
  encode({ width: 8, height: 8, channels: 1, data: Uint8Array.from({ length: 64 }, (_, i) => (i * seed) % 256) });

test('one unreadable image costs only itself; too few images cost only CKA', async () => {
  const folder = scratch();
  const model = await tinyVision(join(folder, 'model'));
  const data = join(folder, 'images');
  mkdirSync(data);
  for (const seed of [1, 2, 3]) writeFileSync(join(data, `${seed}.png`), png(seed));
  writeFileSync(join(data, '2.png'), 'not a PNG');
  const output = join(folder, 'out');
  const args = ['analyse', 'all', '-m', model, '--backend', 'cpu', '--png', 'no'];
  const { code, out, err } = await cli([...args, '-o', output, '--data', data, '--json']);
  expect(code).toBe(1);
  expect(err).toContain('2.png');
  expect(err).toContain('1 image could not be read; the report shows the others.');
  expect(JSON.parse(out).pictures).not.toContain('cka-classifier');
  const report = read(output, 'report.html');
  expect(report).toContain('CKA, which needs at least 4 images');
  expect(report).toContain('2 images from');
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  expect((await cli([...args, '-o', `${output}2`, '--data', empty])).err).toContain('There are no images in');
  expect((await cli([...args, '-o', '-', '--data', data])).err).toContain('cannot be - (stdout)');
});

test('one short sentence costs only CKA; control characters cost nothing', async () => {
  const folder = scratch();
  const args = ['analyse', 'all', '-m', await tinyModel(), '--backend', 'cpu', '--json'];
  const short = await cli([...args, '--png', 'no', '-o', join(folder, 'short'), ...sentences(folder, ['a'])]);
  expect({ code: short.code, err: short.err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(short.out).pictures).not.toContain('cka-encoder');
  expect(read(folder, 'short', 'report.html')).toContain('CKA, which needs at least 4 tokens');
  const control = await cli([...args, '-o', join(folder, 'control'), ...sentences(folder, ['\u0001\u0002 Morgen'])]);
  expect({ code: control.code, err: control.err }).toEqual({ code: 0, err: '' });
});

test('models that cut text into different tokens are not compared', async () => {
  const folder = scratch();
  const other = await tinyModel();
  const tokenizer = await trainTokenizer(['Morgen Morgen guten Morgen'], { vocabSize: 270 });
  writeFileSync(join(other, 'tokenizer.json'), JSON.stringify(tokenizer));
  const args = ['analyse', 'cka', '-m', await tinyModel(), '--against', other, '-o', join(folder, 'out')];
  const { code, err } = await cli([...args, '--backend', 'cpu', ...sentences(folder)]);
  expect(code).toBe(1);
  expect(err).toContain('different tokens');
});

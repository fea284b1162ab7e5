import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core/base';
import { expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
type Finding = { kind: string; ok: boolean; deviation: number; tolerance: number };

/** The recorded analyses with one file changed. */
function changed(file: string, change: (path: string) => void): string {
  const directory = scratch();
  for (const name of readdirSync(fixture('analysis')))
    copyFileSync(join(fixture('analysis'), name), join(directory, name));
  change(join(directory, file));
  return directory;
}

const edit = (change: (values: Record<string, Record<string, never>>) => void) => (path: string) => {
  const values = JSON.parse(readFileSync(path, 'utf8'));
  change(values);
  writeFileSync(path, JSON.stringify(values));
};

const tensors = (change: (all: Record<string, Raw>) => Record<string, Raw>) => (path: string) => {
  const { tensors: all, metadata } = readSafetensors(readFileSync(path));
  writeFileSync(path, writeSafetensors({ tensors: change(all), metadata }));
};

test('every recorded analysis is compared, with its tolerance', async () => {
  const { code, out, err } = await cli(['verify', fixture('analysis'), '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const report = JSON.parse(out);
  expect(report).toMatchObject({ fixture: 'analysis', ok: true });
  expect(report.findings.map(({ kind }: Finding) => kind)).toEqual([
    ...['CKA, linear', 'CKA, linear, unbiased', 'CKA, RBF', 'CKA, RBF, half the bandwidth', 'CKA by HSIC₀', 'HSIC₀'],
    ...['HSIC₁ of each sentence', "CKA, the authors' (last batch)", 'CKA, all batches', 'CKA, pooled examples'],
    ...['attention distance, pixels', 'the same, mean of images', 'attention rollout'],
    ...['weights kept that should not be', 'learning rate, cosine', 'learning rate, linear'],
    ...['BLEU-2 of word pieces', 'NIST-2 of word pieces', 'BLEU-4 of word pieces', 'NIST-4 of word pieces'],
    ...['BLEU-4 without 3-grams in common', 'BLEU of multi-bleu.perl'],
  ]);
});

test('beside models, in one table each that fits 80 columns; analyses alone start no backend', async () => {
  const both = await cli(['verify', fixture('vision_ring_a'), fixture('analysis'), '--backend', 'cpu']);
  expect(both.code).toBe(0);
  const lines = both.out.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines).toContain('analysis: analyses, in float64');
  expect(lines.filter((line) => line === 'All within tolerance.')).toHaveLength(2);
  const alone = await cli(['verify', fixture('analysis'), '--backend', 'cuda']);
  expect(alone).toMatchObject({ code: 0, err: '' });
});

test.for<[string, string, (path: string) => void]>([
  [
    'CKA, linear, unbiased',
    'analysis.json',
    edit(({ cka_full }) => Object.assign(cka_full!.values!, { linear_unbiased: 0.5 })),
  ],
  [
    'CKA, all batches',
    'analysis.json',
    edit(({ cka_minibatch }) => Object.assign(cka_minibatch!, { accumulated_value: 0.5 })),
  ],
  [
    'the same, mean of images',
    'analysis.json',
    edit(({ mean_attention_distance: { mean_over_images } = {} }) => Object.assign(mean_over_images!, { 1: 31 })),
  ],
  [
    'learning rate, linear',
    'analysis.json',
    edit(({ lr_schedules: { linear } = {} }) => Object.assign(linear!, { 40: 1e-4 })),
  ],
  [
    'NIST-4 of word pieces',
    'analysis.json',
    edit(({ translation_scores }) => Object.assign(translation_scores!.values!, { nist4: 4.284 })),
  ],
  [
    'weights kept that should not be',
    'arrays.safetensors',
    tensors(({ 'heat.kept': kept, ...all }) => ({
      ...all,
      'heat.kept': { ...kept!, data: kept!.data.map((x, i) => (i === 3 ? 1 - x : x)) as never },
    })),
  ],
])('a deviation in "%s" is found, and only there', async ([kind, file, change]) => {
  const { code, out } = await cli(['verify', changed(file, change), '--json']);
  expect(code).toBe(1);
  const wrong = JSON.parse(out).findings.filter(({ ok }: Finding) => !ok);
  expect(wrong.map((one: Finding) => one.kind)).toEqual([kind]);
});

test('a folder with a part of it, and folders that are wrong', async () => {
  const part = changed('analysis.json', (path) => {
    const { lr_schedules } = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ lr_schedules }));
  });
  const { code, out } = await cli(['verify', part, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out).findings).toHaveLength(2);
  const says = async (file: string, change: (path: string) => void) => {
    const { code, err } = await cli(['verify', changed(file, change)]);
    expect(code).toBe(1);
    expect(err).not.toContain('Unexpected');
    return err;
  };
  expect(await says('analysis.json', (path) => writeFileSync(path, '{'))).toContain('analysis.json is not JSON');
  expect(await says('analysis.json', (path) => writeFileSync(path, '{"a":1}'))).toContain(
    'expected at least one of cka_full',
  );
  expect(
    await says(
      'arrays.safetensors',
      tensors(({ 'cka.x': _, ...all }) => all),
    ),
  ).toContain('arrays.safetensors lacks cka.x');
  expect(await says('arrays.safetensors', (path) => writeFileSync(path, 'x'))).toContain('safetensors');
  expect(
    await says(
      'arrays.safetensors',
      tensors(({ 'mad.attn': map, ...all }) => ({ ...all, 'mad.attn': { ...map!, shape: [map!.data.length] } })),
    ),
  ).toContain('expected 4 axes');
  expect(
    await says(
      'analysis.json',
      edit(({ lr_schedules }) => Object.assign(lr_schedules!, { cosine: 'x' })),
    ),
  ).toContain('analysis.json: lr_schedules.cosine is not a list.');
  expect(
    await says(
      'analysis.json',
      edit(({ cka_full }) => Object.assign(cka_full!, { values: null })),
    ),
  ).toContain('cka_full.values is not an object');
});

test('arrays may have numbers of 64 bits, as NumPy writes them', async () => {
  const directory = changed('arrays.safetensors', (path) => {
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    const data = bytes.subarray(8 + length);
    const values = Buffer.alloc(16);
    values.writeDoubleLE(0.1);
    header['mad.more'] = { dtype: 'F64', shape: [2], data_offsets: [data.length, data.length + 16] };
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(path, Buffer.concat([size, text, data, values]));
  });
  expect(await cli(['verify', directory])).toMatchObject({ code: 0, err: '' });
});

import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FASHION_MNIST_CLASSES } from '@ringformer/images';
import { goldenImage } from '@ringformer/test-tools/golden-files';
import { expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';
import { idxFolder } from './idx.ts';

const COUNT = 24;

test('IDX files: accuracy, top 5, loss, calibration, confusion; the engine is named, and engines agree', async () => {
  const folder = idxFolder(COUNT);
  const output = join(scratch(), 'guesses.tsv');
  const { code, out } = await cli(['evaluate', '--images', folder, '--json', '--output', output]);
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ images: COUNT, engine: 'wasm', classes: FASHION_MNIST_CLASSES });
  expect(report).not.toHaveProperty('backend');
  const right = report.confusion.reduce((sum: number, row: number[], i: number) => sum + row[i]!, 0);
  expect(report.accuracy).toBeCloseTo(right / COUNT, 10);
  expect(report.confusion.map((row: number[]) => row.reduce((sum, x) => sum + x, 0))).toEqual([
    3, 3, 3, 3, 2, 2, 2, 2, 2, 2,
  ]);
  expect(report.top5).toBeGreaterThanOrEqual(report.accuracy);
  expect(report.calibrationError).toBeGreaterThanOrEqual(0);
  const rows = readFileSync(output, 'utf8').trimEnd().split('\n');
  expect(rows).toHaveLength(COUNT);
  expect(rows.map((row) => row.split('\t')[0])).toEqual(
    Array.from({ length: COUNT }, (_, i) => FASHION_MNIST_CLASSES[i % 10]),
  );
  expect(rows.filter((row) => row.split('\t')[0] === row.split('\t')[1])).toHaveLength(right);

  const other = await cli(['evaluate', '--images', folder, '--json', '--engine', 'tfjs', '--backend', 'cpu']);
  const slow = JSON.parse(other.out);
  expect(slow).toMatchObject({ engine: 'tfjs', backend: 'cpu', confusion: report.confusion });
  expect(slow.loss).toBeCloseTo(report.loss, 3);
});

test('a folder for each class, by the names of the model; --limit; a picture of the confusion', async () => {
  const folder = scratch();
  for (const name of ['Bag', 'Ankle boot']) {
    mkdirSync(join(folder, name));
    for (const image of ['420.jpg', 'gray.png']) copyFileSync(goldenImage(image), join(folder, name, image));
  }
  const picture = join(folder, '.confusion.svg');
  const { out, code } = await cli(['evaluate', '--images', folder, '--output', picture]);
  expect(code).toBe(0);
  expect(out).toMatch(/^accuracy \d+\.\d\d % of 4 images, top 5 .* %\nloss .* nats, calibration error .* %\n/);
  expect(out).toMatch(/4 images in .* s, .* per second \(engine wasm\)\n$/);
  expect(readFileSync(picture, 'utf8')).toContain('<title>Confusion matrix</title>');
  const some = await cli(['evaluate', '--images', folder, '--limit', '1', '--json']);
  expect(JSON.parse(some.out)).toMatchObject({ images: 1 });
});

test('classes that the model does not know, and flags of translations, are refused by name', async () => {
  const folder = scratch();
  for (const name of ['Bag', 'Dog']) {
    mkdirSync(join(folder, name));
    copyFileSync(goldenImage('gray.png'), join(folder, name, 'a.png'));
  }
  const unknown = await cli(['evaluate', '--images', folder]);
  expect(unknown).toMatchObject({ code: 1, out: '' });
  expect(unknown.err).toContain('has classes that the model does not know: Dog.');
  const mixed = await cli(['evaluate', '--images', folder, '--target', 'x']);
  expect(mixed.code).toBe(2);
  expect(mixed.err).toContain('--target belongs to translations');
});

test('images that cannot be read cost only themselves: they are reported and counted, and the exit code says so', async () => {
  const folder = scratch();
  for (const name of ['Bag', 'Ankle boot']) {
    mkdirSync(join(folder, name));
    for (const image of ['420.jpg', 'gray.png']) copyFileSync(goldenImage(image), join(folder, name, image));
  }
  const whole = JSON.parse((await cli(['evaluate', '--images', folder, '--json'])).out);
  writeFileSync(join(folder, 'Bag', 'cut.jpg'), readFileSync(goldenImage('420.jpg')).subarray(0, 700));
  symlinkSync('nowhere', join(folder, 'Bag', 'gone.png'));
  symlinkSync('nowhere', join(folder, 'Dress'));
  writeFileSync(join(folder, 'Bag', 'x.gif'), 'GIF89a');
  const output = join(scratch(), 'guesses.tsv');
  const { code, out, err } = await cli(['evaluate', '--images', folder, '--json', '--output', output]);
  expect(code).toBe(1);
  const { failed, seconds: _, imagesPerSecond: __, ...figures } = JSON.parse(out);
  const { seconds: ___, imagesPerSecond: ____, ...before } = whole;
  expect(figures).toEqual(before);
  expect(failed).toEqual([
    expect.stringMatching(/Dress is a link to something that does not exist/),
    expect.stringMatching(/gone\.png is a link to something that does not exist/),
    expect.stringMatching(/^Bag\/cut\.jpg: The jpeg file .* cannot be decoded/),
  ]);
  for (const one of failed) expect(err).toContain(`ringformer: ${one}\n`);
  expect(err).toContain(`left out because not JPEG, PNG or WebP: ${join(folder, 'Bag', 'x.gif')}\n`);
  expect(err).toContain('3 of 7 images could not be read; the figures are those of the others.');
  const rows = readFileSync(output, 'utf8').split('\n');
  expect(rows.map((row) => row.split('\t')[0])).toEqual(['Ankle boot', 'Ankle boot', 'Bag', 'Bag', 'Bag', '']);
  expect(rows[3]).toBe('Bag\t\t');

  const none = scratch();
  mkdirSync(join(none, 'Bag'));
  writeFileSync(join(none, 'Bag', 'a.png'), '');
  const nothing = await cli(['evaluate', '--images', none]);
  expect(nothing).toMatchObject({ code: 1, out: '' });
  expect(nothing.err).toContain('None of the 1 images could be read.');
});

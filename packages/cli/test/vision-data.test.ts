import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { goldenImage } from '@ringformer/test-tools/golden-files';
import { expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';

/** Six copies of one image in each of two classes. */
function pets(): string {
  const folder = scratch();
  for (const [name, image] of [
    ['cat', 'gray.png'],
    ['dog', 'colour.png'],
  ] as const)
    addClass(folder, name, image);
  return folder;
}

function addClass(folder: string, name: string, image: string): void {
  mkdirSync(join(folder, name));
  for (let i = 0; i < 6; i++) copyFileSync(goldenImage(image), join(folder, name, `${i}.png`));
}

const SIZES = { dim: 16, heads: 2, 'mlp-dim': 16, levels: 1, rank: 2, 'ffn-rank': 2, 'image-size': 8, 'batch-size': 3 };
const COURSE = { steps: 4, warmup: 1, cooldown: 1, 'evaluate-every': 2, 'checkpoint-every': 2 };
const train = (data: string, output: string, others: Record<string, string | number> = {}) =>
  cli([
    ...['train', 'vision', '-o', output, '--data', data],
    ...Object.entries({ ...SIZES, ...COURSE, ...others }).map(([name, value]) => `--${name}=${value}`),
  ]);
const files = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'log.jsonl')
      .map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'base64')]),
  );

test('case vision/04: classes that moved are refused by name, and the finished model stays as it was', async () => {
  const [data, run] = [pets(), join(scratch(), 'run')];
  expect((await train(data, run)).code).toBe(0);
  expect((await train(data, join(scratch(), 'again'), { settings: join(run, 'run.json') })).code).toBe(0);
  const facts = { classes: ['cat', 'dog'], train: [5, 5], valid: [1, 1] };
  expect(JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'))).toMatchObject({ facts, split: 'stratified' });
  const before = files(run);
  const refused = async (message: RegExp, more = {}) => {
    const { code, err } = await train(data, run, more);
    expect(err).toMatch(message);
    expect(code).toBe(1);
    expect(files(run)).toEqual(before);
  };
  renameSync(join(data, 'cat'), join(data, 'zebra'));
  await refused(/The classes have changed since the run began: 'cat' is missing, 'zebra' is new\. Restore the images/);
  renameSync(join(data, 'zebra'), join(data, 'cat'));
  addClass(data, 'ape', 'gray.png');
  await refused(/The classes have changed since the run began: 'ape' is new\./, { steps: 6 });
  rmSync(join(data, 'ape'), { recursive: true });
  rmSync(join(data, 'dog/5.png'));
  await refused(/The images have changed since the run began: dog has 4 to learn; expected 5\./, { steps: 6 });
  copyFileSync(goldenImage('colour.png'), join(data, 'dog/5.png'));
  expect((await train(data, run, { steps: 6 })).code).toBe(0);
});

test('a run of an earlier version resumes with its own split, and its classes are those of its model', async () => {
  const [data, run] = [pets(), join(scratch(), 'run')];
  expect((await train(data, run, { split: 'last', pixels: 'raw' })).code).toBe(0);
  const path = join(run, 'run.json');
  const {
    facts: _,
    split: __,
    pixels: ___,
    cifar100: ____,
    patchDropout: _____,
    ...old
  } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(old));
  renameSync(join(data, 'cat'), join(data, 'zebra'));
  expect((await train(data, run)).err).toMatch(/'cat' is missing, 'zebra' is new/);
  renameSync(join(data, 'zebra'), join(data, 'cat'));
  const resumed = await train(data, run, { steps: 6 });
  expect(resumed).toMatchObject({ code: 0, err: expect.stringContaining('resumed at update 4') });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ split: 'last', pixels: 'raw', cifar100: 'fine' });
  const { err } = await train(data, run, { steps: 6, split: 'stratified' });
  expect(err).toMatch(/holds a run with split last, not stratified/);
  const dropped = await train(data, run, { steps: 6, 'patch-dropout': 0.5 });
  expect(dropped.err).toMatch(/holds a run with patchDropout 0, not 0.5/);
});

test('case vision/03: stray files are named by path before the first update; hidden ones are counted', async () => {
  const [data, run] = [pets(), join(scratch(), 'run')];
  writeFileSync(join(data, 'cat/broken.png'), readFileSync(goldenImage('colour.png')).subarray(0, 700));
  writeFileSync(join(data, 'dog/empty.jpg'), '');
  const refused = await train(data, run);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('2 of 14 images cannot be read. Mend or remove them:');
  expect(refused.err).toContain(`${join(data, 'cat/broken.png')}: The png file of 53 × 37 cannot be decoded`);
  expect(refused.err).toContain(
    `${join(data, 'dog/empty.jpg')}: Expected a JPEG, PNG or WebP image, but this file is empty.`,
  );
  expect(existsSync(run)).toBe(false);
  rmSync(join(data, 'cat/broken.png'));
  rmSync(join(data, 'dog/empty.jpg'));
  writeFileSync(join(data, 'cat/._0.png'), '');
  mkdirSync(join(data, '.ipynb_checkpoints'));
  writeFileSync(join(data, 'cat/x.gif'), 'GIF89a');
  const { code, err } = await train(data, run);
  expect(code).toBe(0);
  expect(err).toContain('2 hidden files or folders left out; left out because not JPEG, PNG or WebP: ');
  expect(err).toContain(join(data, 'cat/x.gif'));
  rmSync(join(data, 'dog'), { recursive: true });
  expect((await train(data, join(scratch(), 'one'))).err).toContain("has images of only one class, 'cat'");
});

test('one image of each class: nothing can be held out, and the remedy is named', async () => {
  const data = pets();
  for (const name of ['cat', 'dog']) for (let i = 1; i < 6; i++) rmSync(join(data, name, `${i}.png`));
  const run = join(scratch(), 'run');
  const refused = await train(data, run);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(
    'has only one image of each class, so none can be held out. Add images, or give others',
  );
  expect(existsSync(run)).toBe(false);
  expect((await train(data, run, { 'valid-data': data, 'batch-size': 2 })).code).toBe(0);
});

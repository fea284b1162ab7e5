import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goldenImage } from '@ringformer/test-tools/golden-files';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';

const IMAGES = [goldenImage('420.jpg'), goldenImage('clear.webp')];

/** A folder for each of two classes, with six copies of one image each. */
function dataset(folder = scratch()): string {
  for (const [name, image] of [
    ['jpg', '420.jpg'],
    ['png', 'clear.png'],
  ] as const) {
    mkdirSync(join(folder, name));
    for (let i = 0; i < 6; i++) copyFileSync(goldenImage(image), join(folder, name, `${i}.${name}`));
  }
  return folder;
}

const SIZES = { dim: 16, heads: 2, 'mlp-dim': 16, levels: 2, rank: 2, 'ffn-rank': 2, 'image-size': 8, 'batch-size': 3 };
const COURSE = { steps: 6, warmup: 2, cooldown: 2, 'evaluate-every': 3, 'checkpoint-every': 2, mixup: 0.2 };
const flags = (data: string, output: string, others: Record<string, number> = {}) => [
  ...['train', 'vision', '-o', output, '--data', data, '--valid-data', data],
  ...Object.entries({ ...SIZES, ...COURSE, ...others }).map(([name, value]) => `--${name}=${value}`),
];

const folder = mkdtempSync(join(tmpdir(), 'ringformer '));
const run = join(folder, 'run');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  mkdirSync(join(folder, 'data'));
  const { code, err, out } = await cli([...flags(dataset(join(folder, 'data')), run), '--json']);
  expect(err).toContain('12 images to learn, 12 held out, 2 classes, 4 batches per epoch');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ step: 6, scoreName: 'accuracy' });
});

test('a run leaves a model, its curve, its confusion matrix and its log', () => {
  const files = ['model.safetensors', 'config.json', 'transform.json', 'confusion.json', 'confusion.svg'];
  for (const file of files.map((name) => join('model', name)).concat('loss.svg', 'log.jsonl', 'run.json')) {
    expect(existsSync(join(run, file)), file).toBe(true);
  }
});

test.each([['auto'], ['wasm'], ['tfjs'], ['onnx']])(
  'classifies by the trained model on engine %s: the same classes in the same order',
  async (engine) => {
    const { code, out } = await cli(['classify', ...IMAGES, '-m', run, '--json', '--engine', engine]);
    expect(code).toBe(0);
    const found = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(found.map(({ image }) => image)).toEqual(IMAGES);
    const reference = await cli(['classify', ...IMAGES, '-m', run, '--json', '--backend', 'cpu']);
    const wanted = reference.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const [i, { guesses }] of found.entries()) {
      expect(guesses.map(({ label }: { label: string }) => label)).toEqual(
        wanted[i].guesses.map(({ label }: { label: string }) => label),
      );
      expect(guesses[0].probability).toBeCloseTo(wanted[i].guesses[0].probability, 5);
      expect(guesses[0].probability + guesses[1].probability).toBeCloseTo(1, 6);
    }
  },
);

test('its graph gives the same, but only on the engine onnx', async () => {
  const graph = join(scratch(), 'graph');
  expect((await cli(['export', join(run, 'model'), '-o', graph, '--format', 'onnx'])).code).toBe(0);
  const onnx = ['--json', '--engine', 'onnx'];
  const wanted = await cli(['classify', ...IMAGES, '-m', run, ...onnx]);
  expect(wanted.code).toBe(0);
  expect(await cli(['classify', ...IMAGES, '-m', graph, ...onnx])).toEqual(wanted);
  const refused = await cli(['classify', ...IMAGES, '-m', graph]);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('holds ONNX graphs. Add --engine onnx') });
});

test('bars fit, the likeliest first; fewer classes and levels on request', async () => {
  const { out } = await cli(['classify', IMAGES[0] as string, '-m', run, '--top', '1', '--levels', '1', '--invert']);
  expect(out).toMatch(/^(jpg|png) {2}█+[▏▎▍▌▋▊▉]? +\d+\.\d %\n$/);
});

test('bad input: one clear message each', async () => {
  const refused = async (argv: string[], code: number, message: RegExp) => {
    const ran = await cli(argv);
    expect(ran.err).toMatch(message);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err.trimEnd().split('\n')).toHaveLength(1);
  };
  const text = join(scratch(), 'text.png');
  writeFileSync(text, 'not an image');
  await refused(['classify'], 2, /Give at least one image/);
  await refused(['classify', 'none.png', '-m', run], 1, /none\.png cannot be read: there is no such file/);
  await refused(['classify', text, '-m', run], 1, /Expected a JPEG, PNG or WebP image, but this file begins with/);
  await refused(['classify', ...IMAGES, '-m', scratch()], 1, /is not an image classifier: config\.json and model/);
  await refused(
    ['classify', ...IMAGES, '-m', run, '--levels', '3'],
    1,
    /levels is 3; expected a whole number from 1 to 2/,
  );
  const output = join(scratch(), 'run');
  await refused(flags('nothing', output), 1, /nothing cannot be read: there is no such folder/);
  const odd = await cli(flags(dataset(), output, { heads: 3 }));
  expect(odd).toMatchObject({ code: 1, err: expect.stringMatching(/dim 16 is not a multiple of heads 3/) });
  expect(existsSync(output)).toBe(false);
});

test('an interrupted and resumed run ends with the same bytes as an uninterrupted one', async () => {
  const data = dataset();
  const bytes = (run: string) => readFileSync(join(run, 'checkpoint.safetensors'));
  const [whole, broken] = [0, 1].map(() => join(scratch(), 'run')) as [string, string];
  const course = { accumulate: 2, cooldown: 0 };
  expect((await cli(flags(data, whole, course))).code).toBe(0);
  expect((await cli(flags(data, broken, { ...course, steps: 4 }))).code).toBe(0);
  expect(bytes(broken).equals(bytes(whole))).toBe(false);
  expect((await cli(flags(data, broken, course))).code).toBe(0);
  expect(bytes(broken).equals(bytes(whole))).toBe(true);
});

test('training from a model: it keeps its weights if nothing is learned; a clear message if they do not fit', async () => {
  const data = dataset();
  const init = join(run, 'model');
  const output = join(scratch(), 'run');
  const started = (more: Record<string, number>) =>
    cli([...flags(data, output, { ...more, steps: 1 }), '--init', init]);
  const refused = await started({ dim: 8 });
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringMatching(/head\.weight is \[2,16\] in the checkpoint, \[2,8\]/),
  });
  expect(existsSync(output)).toBe(false);
  expect((await started({ lr: 0, average: 1, cooldown: 0, warmup: 1 })).code).toBe(0);
  const weights = (folder: string) => readFileSync(join(folder, 'model.safetensors'));
  expect(weights(join(output, 'model')).equals(weights(init))).toBe(true);
  const missing = await cli([...flags(data, join(scratch(), 'run')), '--init', 'nowhere']);
  expect(missing).toMatchObject({
    code: 1,
    err: expect.stringMatching(/init is .*nowhere, but its model\.safetensors cannot be read/),
  });
});

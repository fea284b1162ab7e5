import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
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
}, 60_000);

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

const lines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('one bad file costs only itself: it is reported by path, and the exit code says so', async () => {
  const place = scratch();
  const [text, missing] = [join(place, 'text.png'), join(place, 'missing.png')];
  writeFileSync(text, 'not an image');
  const argv = ['classify', IMAGES[0] as string, text, missing, IMAGES[1] as string, '-m', run];
  const json = await cli([...argv, '--json']);
  expect(json.code).toBe(1);
  expect(json.err).toBe('ringformer: 2 of 4 images could not be classified.\n');
  expect(lines(json.out).map(({ image, guesses, error }) => [image, guesses?.length ?? error])).toEqual([
    [IMAGES[0], 2],
    [text, `${text}: Expected a JPEG, PNG or WebP image, but this file begins with 6e 6f 74 20 61 6e 20 69.`],
    [missing, `${missing} cannot be read: there is no such file or directory.`],
    [IMAGES[1], 2],
  ]);
  const plain = await cli(argv);
  expect(plain.code).toBe(1);
  expect(plain.err.split('\n')[0]).toBe(
    `ringformer: ${text}: Expected a JPEG, PNG or WebP image, but this file begins with 6e 6f 74 20 61 6e 20 69.`,
  );
  expect(plain.out).toContain(IMAGES[1]);
});

test('folders are searched, at every depth, through links, without hidden files', async () => {
  const place = scratch();
  mkdirSync(join(place, 'b/deep'), { recursive: true });
  for (const path of ['a.webp', 'b/deep/c.png', 'b/0.jpg', 'b/._0.jpg', 'b/notes.txt'])
    copyFileSync(
      goldenImage(path.endsWith('jpg') ? '420.jpg' : path.endsWith('png') ? 'clear.png' : 'clear.webp'),
      join(place, path),
    );
  symlinkSync('..', join(place, 'b/up'));
  const { code, out } = await cli(['classify', place, IMAGES[0] as string, '-m', run, '--json']);
  expect(code).toBe(0);
  const found = lines(out).map(({ image }) => image);
  expect(found).toEqual([...['a.webp', 'b/0.jpg', 'b/deep/c.png'].map((path) => join(place, path)), IMAGES[0]]);
  const empty = await cli(['classify', scratch(), place, '-m', run, '--json']);
  expect(empty.code).toBe(1);
  expect(lines(empty.out)[0].error).toMatch(/cannot be read: this folder has no \.jpg/);
  expect(lines(empty.out)).toHaveLength(4);
});

test('a link that leads nowhere costs only itself, pipes are passed over, and other files are named', async () => {
  const place = scratch();
  for (const name of ['a.png', 'c.png']) copyFileSync(IMAGES[0] as string, join(place, name));
  symlinkSync('gone.png', join(place, 'b.png'));
  execFileSync('mkfifo', [join(place, 'd.png')]);
  writeFileSync(join(place, 'photo.heic'), 'x');
  const { code, out, err } = await cli(['classify', place, '-m', run, '--json']);
  expect(code).toBe(1);
  const found = lines(out).map(({ image, guesses, error }) => [image, guesses?.length ?? error]);
  expect(found).toEqual([
    [place, expect.stringContaining(`${join(place, 'b.png')} is a link to something that does not exist.`)],
    [join(place, 'a.png'), 2],
    [join(place, 'c.png'), 2],
  ]);
  expect(err).toBe(
    `ringformer: left out because not JPEG, PNG or WebP: ${join(place, 'd.png')}, ${join(place, 'photo.heic')}\n` +
      'ringformer: 1 of 3 images could not be classified.\n',
  );
});

test('stdin holds paths, one per line or ended by zero bytes, or the bytes of one image', async () => {
  const classify = (stdin: string | Uint8Array | Uint8Array[], ...more: string[]) =>
    cli(['classify', '-', '-m', run, '--json', ...more], { stdin });
  const plain = await cli(['classify', ...IMAGES, '-m', run, '--json']);
  expect(await classify(`${IMAGES.join('\n')}\n`)).toEqual(plain);
  expect(await classify(`\r\n${IMAGES.join('\r\n')}`)).toEqual(plain);
  expect(await classify(`${IMAGES.join('\0')}\0`)).toEqual(plain);
  const bytes = Buffer.from(IMAGES.join('\n'));
  expect(await classify([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(plain);
  for (const [i, image] of IMAGES.entries()) {
    const whole = readFileSync(image);
    for (const stdin of [whole, [whole.subarray(0, 1), whole.subarray(1, 5), whole.subarray(5)]]) {
      const { code, out } = await classify(stdin);
      expect(code).toBe(0);
      expect(lines(out)).toEqual([{ ...lines(plain.out)[i], image: 'stdin' }]);
    }
  }
  expect(lines((await classify('GIF89a')).out)[0].error).toMatch(/^stdin: .*but this is a GIF\. Convert it first\.$/);
  expect(await classify('')).toMatchObject({ code: 1, err: expect.stringContaining('Nothing came from stdin') });
  const twice = await cli(['classify', '-', '-', '-m', run]);
  expect(twice).toMatchObject({ code: 2, err: expect.stringContaining('Give - only once') });
  const some = await classify(`none.png\n${IMAGES[0]}\n`);
  expect(some.code).toBe(1);
  expect(lines(some.out).map(({ image }) => image)).toEqual(['none.png', IMAGES[0]]);
});

test('case vision/09: a photo taken sideways and a cut-out are classified as they look; --raw takes pixels as stored', async () => {
  const seen = async (name: string, ...more: string[]) =>
    lines((await cli(['classify', goldenImage(name), '-m', run, '--json', ...more])).out)[0].guesses;
  expect(await seen('colour.png', '--raw')).toEqual(await seen('colour.png'));
  expect(await seen('turned.png', '--raw')).toEqual(await seen('colour.png'));
  expect(await seen('turned.png')).not.toEqual(await seen('colour.png'));
  expect(await seen('clear.png')).not.toEqual(await seen('clear.png', '--raw'));
});

test('case vision/02: a very thin image is classified at once', async () => {
  const thin = join(scratch(), 'thin.png');
  writeFileSync(thin, thinPng(20_000));
  const started = performance.now();
  expect((await cli(['classify', thin, '-m', run, '--json'])).code).toBe(0);
  expect(performance.now() - started).toBeLessThan(10_000);
});

/** A grey PNG of one column. */
function thinPng(height: number): Buffer {
  const chunk = (name: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  header.writeUInt32BE(height, 4);
  const rows = deflateSync(Buffer.alloc(2 * height));
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

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
  await refused(['classify', ...IMAGES, '-m', scratch()], 1, /is not an image classifier: config\.json, model/);
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

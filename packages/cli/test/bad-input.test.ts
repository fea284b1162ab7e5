import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core';
import { expect, test } from 'vitest';
import { cli, type Given, scratch, tinyModel } from './cli.ts';

/** The command must fail with this code, print a few clear lines on stderr that match, and leave nothing behind. */
async function refused(argv: string[], code: 1 | 2, message: RegExp, given: Given = {}) {
  const output = join(scratch(), 'out.txt');
  const writes = argv[0] === 'translate' ? ['--output', output] : [];
  const ran = await cli([...argv, ...writes], given);
  expect(ran.err).toMatch(message);
  expect(ran.err).toMatch(/^ringformer: \S/);
  expect(ran.err).not.toMatch(/\n\s+at |\[object|Unexpected:/);
  expect(ran.err.split('\n').length).toBeLessThan(8);
  expect(ran).toMatchObject({ code, out: '' });
  expect(existsSync(output)).toBe(false);
  expect(readdirSync(join(output, '..'))).toEqual([]);
}

const CPU = ['--backend', 'cpu'];

/** A model whose weights file `damage` has changed. */
async function damaged(damage: (bytes: Uint8Array) => Uint8Array): Promise<string> {
  const model = await tinyModel();
  const file = join(model, 'model.safetensors');
  writeFileSync(file, damage(new Uint8Array(readFileSync(file))));
  return model;
}

/** A weights file rewritten with one tensor replaced. */
const replaced = (name: string, change: (raw: Raw) => Raw) => (bytes: Uint8Array) => {
  const { tensors, metadata } = readSafetensors(bytes);
  return writeSafetensors({ tensors: { ...tensors, [name]: change(tensors[name] as Raw) }, metadata });
};

/** A weights file with an edited header of the same length. */
const header = (edit: (text: string) => string) => (bytes: Uint8Array) => {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const text = edit(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const copy = Uint8Array.from(bytes);
  copy.set(new TextEncoder().encode(text.padEnd(length).slice(0, length)), 8);
  return copy;
};

const CHECKPOINTS: [what: string, damage: (bytes: Uint8Array) => Uint8Array, message: RegExp][] = [
  ['truncated', (bytes) => bytes.subarray(0, bytes.length - 100), /is at bytes|the data at/],
  ['cut within its header', (bytes) => bytes.subarray(0, 40), /header claims \d+ bytes, but the file has 32/],
  ['empty', () => new Uint8Array(0), /expected 8 bytes of header length, but the file has 0/],
  [
    'oversized-header',
    (bytes) => {
      const copy = Uint8Array.from(bytes);
      new DataView(copy.buffer).setBigUint64(0, 2n ** 62n, true);
      return copy;
    },
    /header claims \d+ bytes, but the format allows 100000000/,
  ],
  [
    'overlapping-offset',
    header((text) => {
      const all = [...text.matchAll(/"data_offsets":\[(\d+),(\d+)\]/g)];
      const [first, second] = all.filter(([, from, to]) => Number(to) - Number(from) === 16 * 16 * 4);
      return text.replace(second?.[0] as string, first?.[0] as string);
    }),
    /overlaps its neighbour/,
  ],
  [
    'NaN',
    replaced('head.bias', (raw) => ({ ...raw, data: raw.data.map((x, i) => (i === 5 ? Number.NaN : x)) })),
    /head\.bias holds NaN at position 5/,
  ],
  [
    'wrong-shape',
    replaced('head.bias', (raw) => ({ ...raw, shape: [269], data: raw.data.slice(1) })),
    /~ head\.bias is \[269\] in the checkpoint, \[270\] in the model/,
  ],
  ['text', () => new TextEncoder().encode('this is not a checkpoint'), /header claims|header is not JSON/],
];

test.for(CHECKPOINTS)('a checkpoint that is %s', async ([, damage, message]) => {
  const model = await damaged(damage);
  await refused(['translate', 'gut', '-m', model, ...CPU], 1, message);
  await refused(['translate', 'gut', '-m', model], 1, message); // wasm
});

test('a model with a broken or missing part', async () => {
  const model = await tinyModel();
  const config = readFileSync(join(model, 'config.json'), 'utf8');
  writeFileSync(join(model, 'config.json'), '{"dim":');
  await refused(['translate', 'gut', '-m', model, ...CPU], 1, /config\.json is not JSON/);
  writeFileSync(join(model, 'config.json'), '{"architectures":["Bert"]}');
  await refused(['translate', 'gut', '-m', model, ...CPU], 1, /Is this a RingFormer translation model\?/);
  writeFileSync(join(model, 'config.json'), config.replace('"heads": 2', '"heads": 3'));
  await refused(['translate', 'gut', '-m', model, ...CPU], 1, /dim 16 is not a multiple of heads 3/);
  writeFileSync(join(model, 'config.json'), config);
  writeFileSync(join(model, 'tokenizer.json'), '[]');
  await refused(['translate', 'gut', '-m', model, ...CPU], 1, /tokenizer/);
  rmSync(join(model, 'tokenizer.json'));
  await refused(['translate', 'gut', '-m', model, ...CPU], 1, /is not a model: tokenizer\.json missing/);
});

test('files that are missing, or not files', async () => {
  const model = await tinyModel();
  const directory = scratch();
  const missing = join(directory, 'no such file.de');
  await refused(
    ['translate', '-f', missing, '-m', model, ...CPU],
    1,
    /no such file\.de cannot be read: there is no such/,
  );
  await refused(['translate', '-f', directory, '-m', model, ...CPU], 1, /cannot be read: it is a directory/);
  await refused(['translate', 'gut', '-m', missing, ...CPU], 1, /There is no model at/);
  await refused(['evaluate', '--hypotheses', missing, '-t', missing], 1, /cannot be read: there is no such/);
  await refused(['verify', missing, ...CPU], 1, /config\.json cannot be read/);
  const output = ['-o', join(directory, 'nowhere', 'out')];
  const ran = await cli(['translate', 'gut', '-m', model, ...CPU, ...output]);
  expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringContaining('its directory does not exist') });
  expect((await cli(['translate', 'gut', '-m', model, ...CPU, '-o', directory])).code).toBe(1);
  expect(readdirSync(directory)).toEqual([]);
});

test('invalid UTF-8, from a pipe and from a file', async () => {
  const model = await tinyModel();
  const bytes = Buffer.concat([Buffer.from('gut\nüb'), Buffer.from([0xc3, 0x28]), Buffer.from('er\n')]);
  const place = /is not UTF-8: line 2, byte offset 7 \(0xc3\)/;
  await refused(['translate', '-m', model, ...CPU], 1, place, { stdin: bytes });
  const file = join(scratch(), 'latin1.de');
  writeFileSync(file, bytes);
  await refused(['translate', '-f', file, '-m', model, ...CPU], 1, place);
  await refused(['evaluate', '-s', file, '-t', file, '-m', model, ...CPU], 1, place);
});

test('a line of a megabyte, and a sentence longer than the model reads', async () => {
  const model = await tinyModel();
  const long = `gut\n${'x'.repeat(2 ** 20)}\n`;
  const limit = /stdin, line 2 \(byte offset 4\) is longer than 65536 bytes/;
  await refused(['translate', '-m', model, ...CPU], 1, limit, { stdin: long });
  await refused(['translate', '--strict', '-m', model, ...CPU], 1, /line 1: .*too long/, { stdin: 'x '.repeat(60) });
});

test.for<[string[], RegExp]>([
  [['translate', 'gut', '--bean', '3'], /Unknown flag --bean\. Did you mean --beam\?/],
  [['translate', 'gut', '--beam'], /--beam needs a value/],
  [['translate', 'gut', '--beam', '--json'], /--beam needs a value/],
  [['translate', 'gut', '--beam', 'four'], /--beam is 'four'; expected a whole number/],
  [['translate', 'gut', '--beam', '2.5'], /a whole number/],
  [['translate', 'gut', '--beam', '0'], /at least 1/],
  [['translate', 'gut', '--beam', '2', '--beam', '3'], /--beam is given twice/],
  [['translate', 'gut', '--length-penalty', 'Infinity'], /a number/],
  [['translate', 'gut', '--json=yes'], /--json takes no value/],
  [['translate', 'gut', '--backend', 'wsam'], /expected wasm, cpu, cuda, webgpu or tensorflow\. Did you mean wasm\?/],
  [['translate', 'gut', '-f', 'x'], /not both/],
  [['translate', 'gut', '-x'], /Unknown flag -x/],
  [['evaluate'], /--target needs/],
  [['evaluate', '-t', 'x'], /Give --source/],
  [['evaluate', 'x', '-t', 'x'], /Unexpected argument 'x'/],
  [['verify'], /at least one fixture directory/],
  [['doctor', 'now'], /Unexpected argument 'now'/],
  [['transalte', 'gut'], /Unknown command 'transalte'\. Did you mean translate\?/],
  [['--beam', '4'], /Unknown command '--beam'/],
])('wrong usage: %j', async ([argv, message]) => {
  const ran = await cli(argv);
  expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) });
  expect(ran.err.trimEnd().split('\n')).toHaveLength(1);
});

test('fixtures that are damaged, or of an unknown model', async () => {
  const directory = scratch();
  const from = fileURLToPath(new URL('../../../fixtures/ring_c/', import.meta.url));
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(directory, name));
  writeFileSync(join(directory, 'greedy.json'), '{"src":[]}');
  await refused(['verify', directory, ...CPU], 1, /greedy\.json lacks sos, steps, output/);
  writeFileSync(join(directory, 'io.safetensors'), 'short');
  await refused(
    ['verify', directory, ...CPU],
    1,
    /io\.safetensors: Cannot read safetensors: expected 8 bytes of header/,
  );
  writeFileSync(join(directory, 'config.json'), '{"task":"speech","model":"ring"}');
  await refused(
    ['verify', directory, ...CPU],
    2,
    /speech model 'ring', which is unknown: expected translation or vision/,
  );
});

test('--debug adds the stack', async () => {
  const { err } = await cli(['translate', 'gut', '-m', join(scratch(), 'none'), '--debug']);
  expect(err).toMatch(/^ringformer: There is no model/);
  expect(err).toMatch(/\n\s+at /);
});

test('training that cannot start leaves nothing behind', async () => {
  const directory = scratch();
  const text = join(directory, 'text');
  writeFileSync(text, 'eins\nzwei\n');
  const output = join(directory, 'run');
  const flags = (source: string) => [
    'train',
    '--output',
    output,
    '--source',
    source,
    '--target',
    text,
    '--valid-source',
    text,
    '--valid-target',
    text,
  ];
  await refused(flags(join(directory, 'missing')), 1, /missing cannot be read: there is no such file/);
  await refused([...flags(text), '--heads', '7'], 1, /dim 256 is not a multiple of heads 7/);
  await refused([...flags(text), '--dropout', '1'], 1, /dropout is 1/);
  expect(existsSync(output)).toBe(false);
});

test.for<[string[], 1 | 2, string[]]>([
  [['-o', 'r'], 1, ['expected either --source and --target', '--valid-source is missing', '--valid-target is missing']],
  [
    ['--source', 'a', '--mixture', 'b'],
    2,
    ['--output is missing', 'expected either', '--valid-source', '--valid-target'],
  ],
  [['vision'], 2, ['--output is missing', '--data is missing']],
  [['vision', '-o', 'r', '--lr=1e999'], 1, ['--data is missing', "--lr is '1e999'"]],
])('training lists all that is missing at once: %j', async ([argv, code, lines]) => {
  const ran = await cli(['train', ...argv]);
  expect(ran).toMatchObject({ code, out: '' });
  const [first, ...rest] = ran.err.trimEnd().split('\n');
  expect(first).toBe('ringformer: Training cannot start:');
  expect(rest.pop()).toMatch(
    argv[0] === 'vision' ? 'See ringformer train vision --help.' : 'See ringformer train --help.',
  );
  expect(rest).toEqual(lines.map((line) => expect.stringContaining(`  - ${line}`)));
});

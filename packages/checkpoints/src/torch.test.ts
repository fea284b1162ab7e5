import { readFileSync } from 'node:fs';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core/base';
import { describe, expect, test } from 'vitest';
import { archive, op, stateDict, zip } from '../test/build.ts';
import { listCheckpoint, readCheckpoint, readTorch } from './index.ts';

const golden = (name: string) => new Uint8Array(readFileSync(new URL(`../test/goldens/${name}`, import.meta.url)));
const floats = (shape: number[], ...numbers: number[]) => ({ dtype: 'F32', shape, data: Float32Array.from(numbers) });
const integers = (dtype: string, ...numbers: number[]) => ({
  dtype,
  shape: [numbers.length],
  data: Int32Array.from(numbers),
});

test('every kind of number, views, parameters, shared storages', () => {
  expect(readTorch(golden('kinds.pt'))).toEqual({
    f32: floats([1, 3], 1.5, -2, 3.25),
    f64: floats([2], 0.1, 2.5),
    f16: { dtype: 'F16', shape: [3], data: Float32Array.of(1, 65504, -0.5) },
    bf16: { dtype: 'BF16', shape: [3], data: Float32Array.of(1, 3, -2.5) },
    i64: integers('I64', 1, -2, 2 ** 31 - 1),
    i32: integers('I32', 7),
    i16: integers('I32', -3),
    u8: integers('I32', 255),
    i8: integers('I32', -128),
    flag: integers('I32', 1, 0),
    transposed: floats([6, 4], ...Array.from({ length: 24 }, (_, i) => 6 * (i % 4) + Math.floor(i / 4))),
    slice: floats([2, 3], 8, 9, 10, 14, 15, 16),
    scalar: floats([], 7),
    empty: floats([0, 3]),
    parameter: floats([1], 4),
    twice: floats([1, 3], 1.5, -2, 3.25),
  });
});

test("a trainer's checkpoint is opened; its optimiser, numpy's numbers and namespaces are passed over", () => {
  expect(readTorch(golden('trainer.pt'))).toEqual({
    '_orig_mod.weight': floats([3, 2], 0, 1, 2, 3, 4, 5),
    '_orig_mod.bias': floats([3], 0.5, 0.25, 0.125),
  });
});

const weights = { weight: floats([3, 2], 0, 1, 2, 3, 4, 5), bias: floats([3], 0.5, 0.25, 0.125) };

test('case text/07: the weights of a checkpoint that has a tensor beside them, and those of an optimiser', () => {
  expect(readCheckpoint(golden('loss.pt'))).toEqual({ format: 'torch', tensors: weights });
});

test('case text/14: values of every other kind are skipped and named', () => {
  const { tensors, skipped } = readCheckpoint(golden('values.pt'));
  expect(tensors).toEqual(weights);
  expect(skipped).toEqual([
    'args (argparse.Namespace)',
    'at (datetime.datetime)',
    'bag (trainer.Bag)',
    'best (numpy._core.multiarray.scalar)',
    'colour (trainer.Colour)',
    'counts (collections.Counter)',
    'device (torch.device)',
    'losses (numpy._core.multiarray._reconstruct)',
    'out (pathlib.PurePosixPath)',
    'pair (trainer.Pair)',
    'queue (collections.deque)',
    'schedule (functools.partial)',
    'sparse (torch._utils._rebuild_sparse_tensor)',
  ]);
});

test('case text/14: --key chooses one of several sets of weights', () => {
  expect(() => readTorch(golden('several.pt'))).toThrow(
    'The file holds several sets of weights: ema (2 tensors), student (2 tensors). Choose one by its key: --key ema.',
  );
  expect(readTorch(golden('several.pt'), { key: 'student' })).toEqual(weights);
  expect(readTorch(golden('several.pt'), { key: 'ema' }).bias).toEqual(floats([3], 1.5, 1.25, 1.125));
  expect(readTorch(golden('values.pt'), { key: 'state.model' })).toEqual(weights);
  expect(readTorch(golden('trainer.pt'), { key: '_orig_mod' })).toEqual(weights);
  expect(() => readTorch(golden('several.pt'), { key: 'model' })).toThrow(
    "no weights under the key 'model'. It has weights under ema, student.",
  );
  const tensors = { 'ema.w': floats([1], 1), 'model.w': floats([1], 2) } as Record<string, Raw>;
  const bytes = writeSafetensors({ tensors, metadata: {} });
  expect(readCheckpoint(bytes, { key: 'model' }).tensors).toEqual({ w: floats([1], 2) });
  expect(() => readCheckpoint(bytes, { key: 'w' })).toThrow("no weights whose names begin with 'w.'");
});

test('tensors of classes of their own', () => {
  expect(readTorch(golden('subclasses.pt'))).toEqual({ buffer: floats([2], 0, 1), weight: floats([1], 1) });
});

test.each([['types.safetensors'], ['newer.pt']])(
  'case text/14: every type of %s has the values that PyTorch gives',
  (name) => {
    const { tensors, skipped = [] } = readCheckpoint(golden(name));
    const expected = readSafetensors(golden('types-f32.safetensors')).tensors;
    expect(Object.keys(tensors)).toHaveLength(name === 'newer.pt' ? 8 : 18);
    for (const [key, { data }] of Object.entries(tensors))
      expect(Float32Array.from(data), key).toEqual(expected[key]?.data);
    expect(skipped).toEqual(name === 'newer.pt' ? [] : ['huge (I64 beyond 32 bits)', 'C64 (C64)']);
  },
);

test('types are listed as stored, without reading numbers', () => {
  const file = golden('types.safetensors');
  const header = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  const { format, tensors } = listCheckpoint(file.subarray(0, header), { size: file.length });
  expect(format).toBe('safetensors');
  for (const { name, dtype } of tensors) expect(dtype).toBe(name === 'huge' ? 'I64' : name);
  expect(tensors).toHaveLength(20);
  expect(listCheckpoint(golden('kinds.pt')).tensors.map(({ dtype }) => dtype)).toContain('F64');
  expect(listCheckpoint(golden('values.pt')).tensors).toEqual([
    { name: 'weight', dtype: 'F32', shape: [3, 2], count: 6 },
    { name: 'bias', dtype: 'F32', shape: [3], count: 3 },
  ]);
});

test.each<[string, string | number[], RegExp]>([
  [
    'a Git LFS pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n',
    /a Git LFS pointer.*git lfs pull/,
  ],
  ['a web page', '\n<!doctype html><title>Sign in</title>', /a web page, not the file itself/],
  ['a page of XML', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /a web page/],
  ['nothing', '', /The file is empty\. Download/],
  ['a gzip archive', [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1], /a gzip archive\. Unpack it first\./],
  ['a tar archive', `${'model.safetensors'.padEnd(257, '\0')}ustar`, /a tar archive\. Unpack it first\./],
  ["Keras' weights", [0x89, 72, 68, 70, 13, 10, 26, 10, 0, 0], /an HDF5 file, as Keras writes them/],
  ['a GGUF file', 'GGUF\x03\0\0\0\0\0', /a GGUF file/],
  ['any pickle', [...op.proto(4), ...op.none, ...op.stop], /a pickle, but not from torch\.save/],
])('case text/14: %s is called so', (_, content, message) => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content);
  for (const read of [readCheckpoint, readTorch, listCheckpoint]) expect(() => read(bytes)).toThrow(message);
});

describe('the format from before PyTorch 1.6', () => {
  test.each([1, 2, 3, 4, 5])('case text/14: in protocol %i', (protocol) => {
    const same = Array.from({ length: 12 }, (_, i) => 12 + 4 * (i % 3) + Math.floor(i / 3)); // transposed
    expect(readCheckpoint(golden(`legacy-${protocol}.pt`))).toEqual({
      format: 'torch',
      tensors: {
        weight: floats([3, 2], 0, 1, 2, 3, 4, 5),
        bias: { ...floats([3], 0.5, 0.25, 0.125), dtype: 'F16' },
        half: floats([4, 3], ...same),
        same: floats([2], 0, 1),
      },
    });
    expect(readTorch(golden('legacy.pt'))).toEqual({ w: floats([2], 1, 1) });
  });

  test('storages of every size; those that are not read are passed over', () => {
    expect(readTorch(golden('legacy-kinds.pt'))).toEqual({
      f64: floats([2], 0.1, 2.5),
      i64: integers('I64', 1, -2),
      flag: integers('I32', 1, 0),
      bf16: { dtype: 'BF16', shape: [1], data: Float32Array.of(1.5) },
      empty: floats([0, 3]),
      f8: { dtype: 'F16', shape: [2], data: Float32Array.of(0.5, -2) },
      u16: integers('I32', 65535),
    });
    expect(listCheckpoint(golden('legacy-kinds.pt')).tensors[0]).toEqual({
      name: 'f64',
      dtype: 'F64',
      shape: [2],
      count: 2,
    });
  });

  const legacy = ({ view = op.none, size = 4, endian = 136, keys = [op.text('0')], version = 1001 } = {}) => {
    const pickled = (...code: number[]) => [...op.proto(), ...code, ...op.stop];
    const magic = pickled(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
    const machine = pickled(...op.dict([op.text('little_endian'), [endian]]));
    const object = stateDict({ count: 4, view });
    const count = [size & 255, 0, 0, 0, 0, 0, 0, size < 0 ? 255 : 0];
    const numbers = [...new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)];
    return Uint8Array.from([
      ...[...magic, ...pickled(...op.int(version)), ...machine, ...object],
      ...[...pickled(93, ...keys.flatMap((key) => [...key, 97])), ...count, ...numbers],
    ]);
  };

  test('a storage that is a part of another', () => {
    expect(readTorch(legacy())).toEqual({ w: floats([2], 1, 2) });
    const part = op.tuple(op.text('v'), op.int(2), op.int(2));
    expect(readTorch(legacy({ view: part }))).toEqual({ w: floats([2], 3, 4) });
    const beyond = op.tuple(op.text('v'), op.int(3), op.int(2));
    expect(() => readTorch(legacy({ view: beyond }))).toThrow('needs 2 numbers of a storage that has 1');
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'cut off',
      golden('legacy-4.pt').slice(0, -1),
      /ends at byte \d+, within the storage \d+\. Perhaps its end is missing/,
    ],
    ['cut off at a count', golden('legacy-4.pt').slice(0, -100), /within the storage/],
    ['cut off in its object', golden('legacy-2.pt').slice(0, 200), /a name has no end/],
    ['big-endian', legacy({ endian: 137 }), /big-endian/],
    ['of another version', legacy({ version: 1002 }), /another version/],
    ['without its storage', legacy({ keys: [] }), /needs the storage 0, which is missing/],
    ['with another storage', legacy({ keys: [op.text('7')] }), /a storage that no tensor has/],
    ['of a negative size', legacy({ size: -1 }), /within the storage 0/],
    ['larger than the file', legacy({ size: 5 }), /within the storage 0/],
  ])('%s is refused', (_, bytes, message) => expect(() => readTorch(bytes)).toThrow(message));
});

test('protocol 4, and safetensors by the same function', () => {
  expect(readCheckpoint(golden('protocol4.pt'))).toEqual({ format: 'torch', tensors: { w: floats([2], 1, 1) } });
  const tensors = { w: { dtype: 'F32' as const, shape: [1], data: Float32Array.of(3) } };
  expect(readCheckpoint(writeSafetensors({ tensors, metadata: {} }))).toEqual({ format: 'safetensors', tensors });
});

test.each<[string, RegExp]>([
  ['evil.pt', /asks to call (posix|os|nt)\.system; only tensors and containers are built/],
  ['module.pt', /asks to call torch\.nn\.modules\.linear\.Linear/],
  ['expanded.pt', /w is an expanded view of fewer numbers\. Save it after \.clone\(\)/],
  ['list.pt', /holds no weights: expected a dictionary of tensors/],
])('%s is refused', (name, message) => expect(() => readCheckpoint(golden(name))).toThrow(message));

describe('pickles that mean harm', () => {
  const call = (module: string, name: string, ...args: number[][]) => [
    ...op.global(module, name),
    ...op.tuple(...args),
    ...op.reduce,
  ];
  const whole = (...code: number[][]) => archive([...op.proto(), ...code.flat(), ...op.stop]);

  test.each<[string, Uint8Array, RegExp]>([
    ['os.system', whole(call('os', 'system', op.text('true'))), /call os\.system/],
    ['eval', whole(call('builtins', 'eval', op.text('1'))), /call builtins\.eval/],
    ['getattr', whole(call('builtins', 'getattr', op.text('a'), op.text('b'))), /call builtins\.getattr/],
    ['torch.load', whole(call('torch', 'load', op.text('x'))), /call torch\.load/],
    ['a name of another module', whole(call('evil._utils', '_rebuild_tensor_v2')), /call evil\._utils/],
    ['a new object', whole(op.global('os', 'popen'), op.tuple(), [129]), /call os\.popen/],
    [
      'a harmful value beside others',
      archive([...op.proto(), ...op.dict([op.text('x'), call('os', 'system', op.text('true'))]), ...op.stop]),
      /call os\.system/,
    ],
    ['an instance', whole(op.mark, [105, 111, 115, 10, 120, 10]), /the instruction 'i'/],
    ['an extension', whole([130, 1]), /the instruction 0x82/],
    ['a call of text', whole(op.text('os'), op.tuple(), op.reduce), /calls something that has no name/],
    ['attributes of a list', whole([93], op.none, [98]), /gives attributes to a plain value/],
    ['an odd persistent id', whole(op.text('x'), op.persistent), /asks for something, which is not a storage/],
    ['text of four gigabytes', whole([88, 255, 255, 255, 255]), /within a value/],
    ['text of 2^63 bytes', whole([141, 255, 255, 255, 255, 255, 255, 255, 127]), /within a value/],
    ['a huge integer', whole([139, 255, 255, 255, 127]), /an integer of 2147483647 bytes/],
    ['a negative length', whole([139, 255, 255, 255, 255]), /an integer of -1 bytes/],
    ['an empty stack', whole([48]), /nothing is left on its stack/],
    ['a missing mark', whole([116]), /a mark is missing/],
    ['what was never kept', whole([104, 9]), /recalls 9/],
    ['a key without a value', whole([125], op.mark, op.none, [117]), /a key without a value/],
    ['protocol 9', archive([128, 9, ...op.stop]), /protocol 9/],
    ['no end', archive([...op.proto(), ...op.none]), /ends at byte/],
    ['a stack of millions', archive([...op.proto(), ...Array(1_000_001).fill(78), ...op.stop]), /grows too high/],
  ])('%s', (_, bytes, message) => expect(() => readTorch(bytes)).toThrow(message));

  test('a list that holds itself, and lists in lists without end, hold no weights', () => {
    const loop = [...op.proto(), 93, 113, 0, 104, 0, 97, ...op.stop];
    expect(() => readTorch(archive(loop))).toThrow('holds no weights');
    const deep = [...op.proto(), ...Array(200_000).fill(93), ...Array(199_999).fill(97), ...op.stop];
    expect(() => readTorch(archive(deep))).toThrow('holds no weights');
  });
});

describe('tensors that are none', () => {
  test('four floats, two of them seen', () => {
    expect(readTorch(archive(stateDict()))).toEqual({ w: floats([2], 1, 2) });
    expect(readTorch(archive(stateDict({ offset: 3, shape: [1, 1], strides: [9, 9] })))).toEqual({
      w: floats([1, 1], 4),
    });
    expect(readTorch(archive(stateDict({ shape: [2], strides: [2] })))).toEqual({ w: floats([2], 1, 3) });
  });

  test.each<[string, Parameters<typeof stateDict>[0], RegExp]>([
    ['read beyond the storage', { shape: [2], strides: [4] }, /w reads beyond its storage/],
    ['begin beyond it', { offset: 4, shape: [1] }, /w reads beyond its storage/],
    ['are larger than it', { shape: [5], strides: [0] }, /w is an expanded view/],
    ['overflow', { shape: [2 ** 30, 2 ** 30, 2 ** 30], strides: [0, 0, 0] }, /take more than/],
    ['have a negative size', { shape: [-1], strides: [1] }, /not described the way PyTorch does it/],
    ['have a negative stride', { shape: [2], strides: [-1] }, /not described the way PyTorch/],
    ['have a negative offset', { offset: -1 }, /not described the way PyTorch/],
    ['have too few strides', { shape: [2, 1], strides: [1] }, /a different number of strides and dimensions/],
    ['claim a larger storage', { count: 5 }, /needs 5 numbers of a storage that has 4/],
    ['want another storage', { key: '7' }, /needs the storage 7, which is missing/],
    ['are complex', { type: 'ComplexFloatStorage' }, /ComplexFloatStorage, which is not a storage of numbers/],
  ])('that %s', (_, given, message) => expect(() => readTorch(archive(stateDict(given)))).toThrow(message));

  test('more than is allowed in all', () => {
    expect(() => readTorch(archive(stateDict()), { maxBytes: 7 })).toThrow('its tensors take more than 7 bytes');
  });
});

describe('archives', () => {
  const good = archive(stateDict());
  const edited = (change: (bytes: Uint8Array) => void) => {
    const bytes = good.slice();
    change(bytes);
    return bytes;
  };
  const directory = good.length - 22 - good[good.length - 10]! - 256 * good[good.length - 9]!;
  test.each<[string, Uint8Array, RegExp]>([
    ['cut off', good.slice(0, -1), /no directory/],
    ['compressed', edited((bytes) => (bytes[directory + 10] = 8)), /is compressed \(method 8\)/],
    ['encrypted', edited((bytes) => (bytes[directory + 8] = 1)), /is encrypted/],
    ['moved', edited((bytes) => (bytes[directory + 42] = 9)), /is not where it should be/],
    [
      'longer than the file',
      edited((bytes) => bytes.fill(255, directory + 20, directory + 27)),
      /; expected \d+|goes beyond/,
    ],
    ['without data.pkl', zip({ 'a/other': [1] }), /has no data\.pkl/],
    ['no archive', new TextEncoder().encode('hello, world'), /This is not an archive|safetensors/],
    [
      'big-endian',
      zip({ 'a/data.pkl': stateDict(), 'a/byteorder': [...new TextEncoder().encode('big')] }),
      /big-endian/,
    ],
  ])('%s', (_, bytes, message) => expect(() => readTorch(bytes)).toThrow(message));
});

import { readFileSync } from 'node:fs';
import { writeSafetensors } from '@ringformer/core/base';
import { describe, expect, test } from 'vitest';
import { archive, op, stateDict, zip } from '../test/build.ts';
import { readCheckpoint, readTorch } from './index.ts';

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

test('protocol 4, and safetensors by the same function', () => {
  expect(readCheckpoint(golden('protocol4.pt'))).toEqual({ format: 'torch', tensors: { w: floats([2], 1, 1) } });
  const tensors = { w: { dtype: 'F32' as const, shape: [1], data: Float32Array.of(3) } };
  expect(readCheckpoint(writeSafetensors({ tensors, metadata: {} }))).toEqual({ format: 'safetensors', tensors });
});

test.each<[string, RegExp]>([
  ['evil.pt', /asks to call (posix|os|nt)\.system; only tensors and containers are built/],
  ['module.pt', /asks to call torch\.nn\.modules\.linear\.Linear/],
  ['expanded.pt', /w is an expanded view of fewer numbers\. Save it after \.clone\(\)/],
  ['legacy.pt', /from before PyTorch 1\.6.*save it again/],
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

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { product } from './product.ts';
import { type Dtype, type Raw, readSafetensors, writeSafetensors } from './safetensors.ts';

const raw = (dtype: Dtype, shape: number[], data: number[]): Raw => ({
  dtype,
  shape,
  data: dtype === 'I32' || dtype === 'I64' ? Int32Array.from(data) : Float32Array.from(data),
});

/** A file with this header text and as many bytes of data. */
function file(header: unknown, size = 0, claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + size);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

test('reads a file written out by hand', () => {
  const bytes = file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"k":"v"}}', 8);
  bytes.set([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], bytes.length - 8);
  const { tensors, metadata } = readSafetensors(bytes);
  expect(tensors).toEqual({ a: raw('F32', [2], [1, -2]) });
  expect(metadata).toEqual({ k: 'v' });
});

test('what was written is read back', () => {
  const special = [0, -0, 1.5, -65504, 2 ** -24, 2 ** -14, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const tensors = {
    f32: raw('F32', [2, 3], [1e-45, -3.4028234663852886e38, 0.1, Number.NaN, Number.NEGATIVE_INFINITY, -0]),
    f16: raw('F16', [8], special),
    bf16: raw('BF16', [5], [1, -0, 3.3895313892515355e38, 2 ** -133, Number.NEGATIVE_INFINITY]),
    i8: { dtype: 'I8', shape: [3], data: Int8Array.of(-128, 0, 127) } satisfies Raw,
    i32: raw('I32', [2, 1], [-(2 ** 31), 2 ** 31 - 1]),
    i64: raw('I64', [3], [-1, 0, 2 ** 31 - 1]),
    scalar: raw('F32', [], [7]),
    empty: raw('F32', [0, 4], []),
    odd: raw('F16', [1], [2]), // leaves what follows unaligned
    after: raw('F32', [1], [3]),
    'häßlich "name"\n': raw('F32', [1], [4]),
    ['__proto__']: raw('F32', [1], [5]),
  };
  const metadata = { step: '12', schlüssel: '"wert"\n' };
  const read = readSafetensors(writeSafetensors({ tensors, metadata }));
  expect(read).toEqual({ tensors, metadata });
  expect(Object.keys(read.tensors)).toContain('__proto__');
});

test('halves are rounded to nearest even on writing', () => {
  const tensors = { h: raw('F16', [2], [1 + 2 ** -11, 1e6]), b: raw('BF16', [2], [1 + 3 * 2 ** -8, 1.01]) };
  const read = readSafetensors(writeSafetensors({ tensors, metadata: {} })).tensors;
  expect([...read.h!.data]).toEqual([1, Number.POSITIVE_INFINITY]);
  expect([...read.b!.data]).toEqual([1 + 2 ** -6, 1.0078125]);
});

test('reads from anywhere inside a buffer and shares no memory with it', () => {
  const bytes = writeSafetensors({ tensors: { a: raw('F32', [2], [1, 2]) }, metadata: {} });
  for (const shift of [1, 2, 3]) {
    const within = new Uint8Array(bytes.length + 8);
    within.set(bytes, shift);
    const views = [within.subarray(shift, shift + bytes.length), Buffer.from(within.buffer, shift, bytes.length)];
    for (const view of views) {
      const { data } = readSafetensors(view).tensors.a!;
      expect([...data]).toEqual([1, 2]);
      view.fill(0);
      expect([...data]).toEqual([1, 2]);
      view.set(bytes);
    }
  }
});

test('the data starts at a multiple of 8', () => {
  for (const name of ['a', 'ab', 'abc', 'abcdefgh']) {
    const bytes = writeSafetensors({ tensors: { [name]: raw('F32', [1], [1]) }, metadata: {} });
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
  }
});

test('a tensor whose shape and numbers disagree is not written', () => {
  const tensors = { a: raw('F32', [3], [1, 2]) };
  expect(() => writeSafetensors({ tensors, metadata: {} })).toThrow(expect.objectContaining({ code: 'bad-shape' }));
});

describe('refuses', () => {
  const good = writeSafetensors({ tensors: { a: raw('F32', [2], [1, 2]), b: raw('F16', [1], [3]) }, metadata: {} });
  const f32 = (shape: unknown, offsets: unknown) => ({ a: entry('F32', shape, offsets) });
  const badName = file('{"?":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}');
  badName[10] = 0xff; // replaces the question mark
  const cases: Record<string, [bytes: Uint8Array, message: RegExp]> = {
    'no bytes': [new Uint8Array(0), /8 bytes of header length/],
    'seven bytes': [good.slice(0, 7), /8 bytes of header length/],
    'a cut header': [good.slice(0, 40), /header claims/],
    'cut data': [good.slice(0, -1), /is at bytes 8 to 10, but the data has 9/],
    'bytes after the data': [new Uint8Array([...good, 0]), /end at byte 10, but the data at 11/],
    'a header of 2^63 bytes': [file('{}', 0, 2n ** 63n), /the format allows/],
    'a header over the limit': [file('{}', 0, 100_000_001n), /the format allows/],
    'a header longer than the file': [file('{}', 0, 3n), /header claims 3 bytes/],
    'a header that is not JSON': [file('{"a":'), /not JSON/],
    'a header that is not UTF-8': [new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]), /not JSON/],
    'a name that is not UTF-8': [badName, /not JSON/],
    'an empty header': [file(''), /not JSON/],
    'a list': [file([]), /not a JSON object/],
    null: [file('null'), /not a JSON object/],
    'overlapping tensors': [file({ a: entry('F32', [1], [0, 4]), b: entry('F32', [1], [2, 6]) }, 6), /overlaps/],
    'two tensors in one place': [file({ a: entry('F32', [1], [0, 4]), b: entry('F32', [1], [0, 4]) }, 4), /overlaps/],
    'a hole': [file({ a: entry('F32', [1], [0, 4]), b: entry('F32', [1], [6, 10]) }, 10), /belong to no tensor/],
    'a hole at the start': [file(f32([1], [2, 6]), 6), /belong to no tensor/],
    'a name twice': [
      file(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
      /"a" twice/,
    ],
    'a field twice': [file('{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}'), /"dtype" twice/],
    'a wrong size': [file(f32([3], [0, 8]), 8), /needs 12 bytes, but its offsets span 8/],
    'a huge shape': [file(f32([2 ** 53, 2], [0, 8]), 8), /shape \[9007199254740992,2\]/],
    'a shape beyond all numbers': [file(f32(Array(40).fill(2 ** 52), [0, 8]), 8), /needs Infinity bytes/],
    'a negative shape': [file(f32([-1, -2], [0, 8]), 8), /shape \[-1,-2\]/],
    'a fractional shape': [file(f32([1.5], [0, 6]), 6), /shape \[1.5\]/],
    'a shape that is not a list': [file(f32('12', [0, 8]), 8), /shape "12"/],
    'no shape': [file({ a: { dtype: 'F32', data_offsets: [0, 0] } }), /shape nothing/],
    'offsets after the data': [file(f32([2], [0, 8]), 4), /is at bytes 0 to 8/],
    'offsets backwards': [file(f32([2], [8, 0]), 8), /is at bytes 8 to 0/],
    'negative offsets': [file(f32([2], [-8, 0]), 8), /offsets \[-8,0\]/],
    'three offsets': [file(f32([2], [0, 4, 8]), 8), /offsets/],
    'no offsets': [file({ a: { dtype: 'F32', shape: [] } }), /offsets nothing/],
    'an unknown element type': [file({ a: entry('F64', [1], [0, 8]) }, 8), /"F64".*convert it/],
    'a method as element type': [file({ a: entry('toString', [], [0, 0]) }), /element type "toString"/],
    'an object as element type': [file({ a: entry({ toString: 1 }, [], [0, 0]) }), /element type an object/],
    'no description': [file({ a: null }), /described by null/],
    'a bottomless description': [file(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), /described by a list/],
    'a name of a million letters': [file({ ['x'.repeat(1e6)]: 1 }), /x…/],
    'metadata that is not text': [file({ __metadata__: { a: 1 } }), /not a map of strings/],
    'metadata that is not a map': [file({ __metadata__: null }), /not a map of strings/],
  };
  test.each(Object.entries(cases))('%s', (_, [bytes, message]) => {
    expect(() => readSafetensors(bytes)).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
    expect(() => readSafetensors(bytes)).toThrow(message);
    try {
      readSafetensors(bytes);
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(600);
    }
  });

  test('an I64 beyond 32 bits', () => {
    const bytes = file({ a: entry('I64', [1], [0, 8]) }, 8);
    new DataView(bytes.buffer).setBigInt64(bytes.length - 8, -(2n ** 31n) - 1n, true);
    expect(() => readSafetensors(bytes)).toThrow(/-2147483649, more than 32 bits/);
  });
});

test('damaged files give our error or a well-formed answer, never another exception', () => {
  const good = writeSafetensors({
    tensors: { a: raw('F32', [2], [1, 2]), b: raw('I64', [1], [3]), c: raw('BF16', [1, 1], [1]) },
    metadata: { k: 'v' },
  });
  const check = (bytes: Uint8Array) => {
    try {
      for (const { shape, data } of Object.values(readSafetensors(bytes).tensors)) {
        expect(data.length).toBe(product(shape));
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'bad-checkpoint' });
    }
  };
  const edit = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
  const cut = fc.nat(good.length);
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 6 }), cut, fc.boolean(), (edits, at, cuts) => {
      const bytes = good.slice();
      for (const { at, byte } of edits) bytes[at] = byte;
      check(cuts ? bytes.slice(0, at) : bytes);
    }),
    { numRuns: 1000 },
  );
  const loose = fc.record({
    dtype: fc.oneof(fc.constant('F16'), fc.jsonValue()),
    shape: fc.jsonValue(),
    data_offsets: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(loose, fc.jsonValue())), fc.nat(16), (header, size) => {
      check(file(header, size));
    }),
    { numRuns: 300 },
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Channels, checkScale, dequantize, quantizeInt8 } from './quantize.ts';
import type { Raw } from './safetensors.ts';

const raw = (shape: number[], data: number[]): Raw => ({ dtype: 'F32', shape, data: Float32Array.from(data) });

test('by hand: rows, columns, zeros, ties to even', () => {
  const matrix = raw([2, 3], [127, -63.5, 0.5, 0, 0, 0]);
  const rows = quantizeInt8(matrix, 'rows');
  expect(rows.scale).toEqual({ dtype: 'F32', shape: [2], data: Float32Array.of(1, 0) });
  expect([...rows.values.data]).toEqual([127, -64, 0, 0, 0, 0]);
  const columns = quantizeInt8(matrix, 'columns');
  expect(columns.scale.shape).toEqual([3]);
  expect([...columns.values.data]).toEqual([127, -127, 127, 0, 0, 0]);
});

test('each level has its own scales', () => {
  const levels = raw([2, 1, 2], [1, 2, 3, 4]);
  expect([...quantizeInt8(levels, 'rows').scale.data]).toEqual([2 / 127, 4 / 127].map(Math.fround));
  expect([...quantizeInt8(levels, 'columns').scale.data]).toEqual([1, 2, 3, 4].map((x) => Math.fround(x / 127)));
});

test.each<Channels>(['rows', 'columns'])('%s: within half a unit, and stable when done again', (channels) => {
  const number = fc.oneof(
    fc.float({ min: -1e3, max: 1e3, noNaN: true }),
    fc.integer({ min: -1000, max: 1000 }).map((n) => n * 2 ** -149),
  );
  const numbers = fc.array(number, { minLength: 24, maxLength: 24 });
  const place = (i: number) => (channels === 'rows' ? Math.floor(i / 4) : Math.floor(i / 12) * 4 + (i % 4));
  fc.assert(
    fc.property(numbers, (data) => {
      const given = raw([2, 3, 4], data);
      const { values, scale } = quantizeInt8(given, channels);
      const back = dequantize(values, scale, channels);
      back.data.forEach((x, i) => {
        // a unit that is rounded itself (below 2⁻¹²⁶) may be off by half the smallest number, 127 times
        const allowed = 0.5001 * scale.data[place(i)]! + 64 * 2 ** -149;
        expect(Math.abs(x - given.data[i]!)).toBeLessThanOrEqual(allowed);
      });
      if (data.some((x) => x !== 0 && Math.abs(x) < 1e-30)) return;
      const again = quantizeInt8(back, channels);
      expect(again.values.data).toEqual(values.data);
    }),
  );
});

test('a scale that is missing or of another shape is refused', () => {
  const { values, scale } = quantizeInt8(raw([2, 2], [1, 2, 3, 4]), 'rows');
  checkScale('w', values, scale, 'rows');
  expect(() => checkScale('w', values, undefined, 'rows')).toThrow('expected w.scale [2], got none');
  expect(() => checkScale('w', values, { ...scale, shape: [1, 2] }, 'rows')).toThrow('got F32 [1,2]');
  const broken = { ...scale, data: Float32Array.of(1, Number.NaN) };
  expect(() => checkScale('w', values, broken, 'rows')).toThrow('w.scale holds NaN at position 1');
});

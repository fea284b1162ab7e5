import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstInvalidByte } from './utf8.ts';

it.each([
  [[], -1],
  [[0x41, 0xc3, 0xa4], -1],
  [[0x41, 0xff], 1],
  [[0xc3], 0],
  [[0xc3, 0x28], 0],
  [[0x41, 0xc0, 0x80], 1], // long form of U+0000
  [[0xed, 0xa0, 0x80], 0], // a surrogate
  [[0xf4, 0x90, 0x80, 0x80], 0], // above U+10FFFF
  [[0xe2, 0x82, 0xac, 0xe2, 0x82], 3],
])('finds the first byte of %o that is not UTF-8', (bytes, at) => {
  expect(firstInvalidByte(Uint8Array.from(bytes))).toBe(at);
});

it('agrees with TextDecoder on whether bytes are UTF-8, and everything before the place is', () => {
  const strict = new TextDecoder('utf-8', { fatal: true });
  const byte = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0x80, 0x9f, 0xbf),
  );
  const parts = fc.array(
    fc.oneof(
      byte.map((b) => [b]),
      fc.string({ unit: 'binary', maxLength: 3 }).map((s) => [...new TextEncoder().encode(s)]),
    ),
  );
  fc.assert(
    fc.property(parts, (parts) => {
      const bytes = Uint8Array.from(parts.flat());
      const at = firstInvalidByte(bytes);
      if (at < 0) expect(() => strict.decode(bytes)).not.toThrow();
      else {
        expect(() => strict.decode(bytes)).toThrow();
        expect(() => strict.decode(bytes.subarray(0, at))).not.toThrow();
      }
    }),
    { numRuns: 200 },
  );
});

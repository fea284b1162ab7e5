import { expect } from 'vitest';

// `toEqual` makes a string of every index and takes a microsecond for each number. Numbers that are the same are recognised at
// once; all else is left to it, which then says what differs.

type View = { readonly buffer: ArrayBufferLike; readonly byteOffset: number; readonly byteLength: number };

const bytesOf = ({ buffer, byteOffset, byteLength }: View) => Buffer.from(buffer, byteOffset, byteLength);

/** true if both are typed arrays of one kind with the same bytes, or arrays of the same primitive values. */
function same(a: unknown, b: unknown): true | undefined {
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    if (a.constructor !== b.constructor || a.byteLength !== b.byteLength) return undefined;
    return bytesOf(a).equals(bytesOf(b)) || undefined;
  }
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return undefined;
  for (let i = 0; i < a.length; i++) {
    if (typeof a[i] !== 'number' && typeof a[i] !== 'string') return undefined;
    if (!Object.is(a[i], b[i])) return undefined;
  }
  return a.length > 0 || undefined;
}

expect.addEqualityTesters([same]);

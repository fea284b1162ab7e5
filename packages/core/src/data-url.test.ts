import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { dataOf } from './data-url.ts';
import { fetchBytes } from './fetch.ts';

test.each<[string, number[]]>([
  ['data:,', []],
  ['data:,A%41%zz', [65, 65, 37, 122, 122]],
  ['data:text/plain;charset=utf-8,%C3%BC', [0xc3, 0xbc]],
  ['data:text/plain,\u00fc', [0xc3, 0xbc]],
  ['data:application/octet-stream;base64,AQID', [1, 2, 3]],
  ['DATA:;BASE64,AQI=', [1, 2]],
  ['data:;base64,AQI', [1, 2]],
  ['data:;base64,%41QID', [1, 2, 3]],
  ['data:;base64,AQ%0AID', [1, 2, 3]],
  ['data:,a,b#fragment', [97, 44, 98]],
])('%s is decoded', async (address, bytes) => {
  expect([...dataOf(address)]).toEqual(bytes);
  expect(new Uint8Array(await (await fetch(address)).arrayBuffer())).toEqual(new Uint8Array(bytes));
});

test('any bytes come back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(dataOf(`data:;base64,${Buffer.from(bytes).toString('base64')}`)).toEqual(new Uint8Array(bytes));
      const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      expect(dataOf(new URL(`data:,${escaped}`))).toEqual(new Uint8Array(bytes));
    }),
  );
});

test.each(['data:;base64', 'data:;base64,A', 'data:;base64,***'])('%s is refused', async (address) => {
  await expect(fetchBytes(address)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining(`Cannot read ${address}: `),
  });
});

test('they are not fetched, because the policy of a page may forbid that', async () => {
  const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('blocked by the policy'));
  const seen: unknown[] = [];
  const read = await fetchBytes('data:;base64,AQID', { onProgress: (progress) => seen.push(progress) });
  expect([...read]).toEqual([1, 2, 3]);
  expect(seen.at(-1)).toMatchObject({ loaded: 3 });
  expect(fetching).not.toHaveBeenCalled();
  fetching.mockRestore();
  await expect(fetchBytes('data:,x', { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
});

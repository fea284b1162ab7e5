import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeArena } from './arena.ts';
import { bytesOf, CONSTANTS, CONTROL, STRUCTS } from './structs.ts';
import { writeStruct } from './write-struct.ts';

const assembly = readFileSync(new URL('../assembly/engine/structs.ts', import.meta.url), 'utf8');
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, ...groups]) => groups);

test('host and engine agree on every description: the same words, types and order', () => {
  const classes = matches(assembly, /^export class (\w+) {\n(.*?)^}/gms).map(([name, body]) => {
    return [name, matches(body as string, /^ {2}(\w+): (\w+);$/gm)];
  });
  expect(classes).toEqual(Object.entries(STRUCTS).map(([name, words]) => [name, Object.entries(words)]));
});

test('host and engine agree on the words where threads meet, and on every constant', () => {
  const constants = matches(assembly, /^export const (\w+): \w+ = (\d+);$/gm);
  const ours = Object.entries({ ...CONTROL, ...CONSTANTS });
  expect(constants).toEqual(ours.map(([name, value]) => [name, String(value)]));
});

const native = readFileSync(new URL('../../../native/c/engine-structs.h', import.meta.url), 'utf8');

test('the native engine agrees too', () => {
  const types: Readonly<Record<string, string>> = { int32_t: 'i32', float: 'f32', Address: 'usize' };
  const structs = matches(native, /^typedef struct {\n(.*?)^} (\w+);/gms).map(([body, name]) => {
    return [name, matches(body as string, /^ {2}(\w+) (\w+);$/gm).map(([type, word]) => [word, types[type as string]])];
  });
  const ours = Object.entries(STRUCTS).map(([name, words]) => {
    return [name, Object.entries(words).map(([word, type]) => [word, /^(i32|f32)$/.test(type) ? type : 'usize'])];
  });
  expect(structs).toEqual(ours);
  const constants = matches(native, /(\w+) = (\d+)/g).map(([name, value]) => [name, Number(value)]);
  expect(constants).toEqual(Object.entries(CONSTANTS));
});

test('words are written as numbers or as the bits of a float', () => {
  const arena = makeArena(0);
  const at = arena.alloc(bytesOf('Job'));
  writeStruct(arena, at, 'Job', { kind: 1, workspace: 64, rows: 3, levels: 6, byRows: 1, lastEpsilon: 1e-6 });
  const words = Object.keys(STRUCTS.Job);
  expect(bytesOf('Job')).toBe(4 * words.length);
  const found = [...arena.words(at, words.length)];
  expect(words.filter((_, i) => found[i] !== 0)).toEqual([
    'kind',
    'workspace',
    'rows',
    'levels',
    'byRows',
    'lastEpsilon',
  ]);
  expect(found.slice(0, 6)).toEqual([1, 0, 64, 3, 6, 1]);
  expect(arena.floats(at, words.length).at(-1)).toBe(Math.fround(1e-6));
});

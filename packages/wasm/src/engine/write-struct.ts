import type { Arena } from './arena.ts';
import { bytesOf, type Job, type Name, STRUCTS, type Struct } from './structs.ts';

const WORDS = Object.fromEntries(
  Object.entries(STRUCTS).map(([name, words]) => [name, Object.entries<string>(words)]),
) as Record<Name, [word: string, type: string][]>;

type Given<N extends Name> = N extends 'Job' ? Job : Struct<N>;

/** Writes a description at `pointer`, where there must be room for `bytesOf(name)`. */
export function writeStruct<N extends Name>(arena: Arena, pointer: number, name: N, given: Given<N>): void {
  const list = WORDS[name];
  const words = arena.words(pointer, list.length);
  const floats = arena.floats(pointer, list.length);
  list.forEach(([word, type], i) => {
    const value = (given as { readonly [word: string]: number | undefined })[word] ?? 0;
    if (type === 'f32') floats[i] = value;
    else words[i] = value;
  });
}

/** Writes a description into the arena. → its address */
export function putStruct<N extends Name>(arena: Arena, name: N, given: Given<N>): number {
  const at = arena.alloc(bytesOf(name));
  writeStruct(arena, at, name, given);
  return at;
}

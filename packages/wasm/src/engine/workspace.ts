import type { Arena } from './arena.ts';
import type { PaddedSizes } from './stack.ts';
import { bytesOf } from './structs.ts';
import { writeStruct } from './write-struct.ts';

const LINE = 64;
const line = (bytes: number) => Math.ceil(bytes / LINE) * LINE;

/** Buffers that every call of a model reuses: see Workspace in assembly/engine/structs.ts. */
export type Workspace = {
  /** The address of its description, with room for at least `rows` rows. */
  fit(rows: number): number;
  dispose(): void;
};

/**
 * `longest`: the most keys that a row attends to; `input`: width of what is projected into the stream, unless it is a table.
 */
export function makeWorkspace(
  arena: Arena,
  { D, E, F, R, rankFfn }: PaddedSizes,
  longest: number,
  threads: number,
  input = 0,
): Workspace {
  const description = arena.alloc(bytesOf('Workspace'));
  let block = 0;
  let room = 0;
  return {
    fit(rows) {
      if (rows <= room) return description;
      room = Math.max(rows, Math.min(2 * room, 64));
      arena.free(block);
      const floats = (width: number) => line(4 * room * width);
      const ofAll = {
        qkv: floats(3 * E),
        qkv2: floats(3 * E),
        attended: floats(E),
        added: floats(D),
        hidden: floats(F),
      };
      const ofEach = {
        x: floats(D),
        z: floats(D),
        u: floats(Math.max(3 * R, rankFfn)),
        quantised: floats(Math.max(D, E, F, input)),
        rowScales: floats(1),
        scores: line(4 * (longest + 4)),
        keys: line(4 * (longest + 4)),
      };
      const next = sum(ofEach);
      block = arena.alloc(sum(ofAll) + threads * next);
      writeStruct(arena, description, 'Workspace', {
        ...placed(ofAll, block),
        ...placed(ofEach, block + sum(ofAll)),
        next,
      });
      return description;
    },
    dispose() {
      arena.free(block);
      arena.free(description);
    },
  };
}

const sum = (sizes: Readonly<Record<string, number>>) => Object.values(sizes).reduce((total, size) => total + size, 0);

/** Start addresses of consecutive buffers of these sizes, beginning at `at`. */
function placed<Name extends string>(sizes: Readonly<Record<Name, number>>, at: number): Record<Name, number> {
  const starts: Partial<Record<Name, number>> = {};
  let next = at;
  for (const [name, size] of Object.entries<number>(sizes) as [Name, number][]) {
    starts[name] = next;
    next += size;
  }
  return starts as Record<Name, number>;
}

import type { Arena } from './arena.ts';
import type { PaddedSizes } from './stack.ts';

const LINE = 64;
const line = (bytes: number) => Math.ceil(bytes / LINE) * LINE;

/** Buffers that every call of a model uses anew: see Workspace in assembly/engine/structs.ts. */
export type Workspace = {
  /** The address of its description, with room for `rows` rows at least. */
  fit(rows: number): number;
  dispose(): void;
};

/** `longest`: most keys that a row looks at; `input`: width of what is projected into the stream, where it is no table. */
export function makeWorkspace(
  arena: Arena,
  { D, E, F, R, rankFfn }: PaddedSizes,
  longest: number,
  threads: number,
  input = 0,
): Workspace {
  const description = arena.alloc(4 * 13);
  let block = 0;
  let room = 0;
  return {
    fit(rows) {
      if (rows <= room) return description;
      room = Math.max(rows, Math.min(2 * room, 64));
      arena.free(block);
      const ofAll = [3 * E, 3 * E, E, D, F].map((width) => line(4 * room * width));
      const ofEach = [
        ...[D, D, Math.max(3 * R, rankFfn)].map((width) => line(4 * room * width)),
        line(4 * room * Math.max(D, E, F, input)),
        line(4 * room),
        line(4 * (longest + 4)),
        line(4 * (longest + 4)),
      ];
      const next = ofEach.reduce((total, size) => total + size, 0);
      block = arena.alloc(ofAll.reduce((total, size) => total + size, 0) + threads * next);
      let at = block;
      const starts = [...ofAll, ...ofEach].map((size) => {
        const start = at;
        at += size;
        return start;
      });
      arena.words(description, 13).set([...starts, next]);
      return description;
    },
    dispose() {
      arena.free(block);
      arena.free(description);
    },
  };
}

import type { Arena } from './arena.ts';
import { bits } from './stack.ts';

/** The words of a Job, in the order of assembly/engine/structs.ts. */
const WORDS = [
  'kind',
  'stack',
  'workspace',
  'rows',
  'levels',
  'byRows',
  'table',
  'tableScale',
  'positions',
  'ids',
  'position',
  'spans',
  'crossKeyValue',
  'memory',
  'past',
  'masks',
  'capacity',
  'levelStep',
  'memories',
  'head',
  'logits',
  'banned',
  'count',
  'partValues',
  'partIds',
  'values',
  'bestIds',
  'blocks',
  'screen',
  'radii',
  'slack',
  'bounds',
  'input',
  'lastNorm',
  'lastEpsilon',
] as const;

const FLOATS: ReadonlySet<string> = new Set(['tableScale', 'slack', 'lastEpsilon']);

export const ENCODE = 0;
export const DECODE = 1;
export const SEE = 2;

export type Job = { readonly [word in (typeof WORDS)[number]]?: number };

/** Writes a job at `pointer`, which `jobBytes` fit. */
export function writeJob(arena: Arena, pointer: number, job: Job): void {
  const words = arena.words(pointer, WORDS.length);
  WORDS.forEach((word, i) => {
    const value = job[word] ?? 0;
    words[i] = FLOATS.has(word) ? bits(value) : value;
  });
}

export const jobBytes = 4 * WORDS.length;

import { RingformerError } from '@ringformer/core/base';

/** A word or phrase and its translation: a name, a place, a month. */
export type Entry = { readonly kind: string; readonly source: string; readonly target: string };

/** Entries that may replace each other, by kind. */
export type SwapTable = {
  /** Entries to look for, by the first word of their source. */
  readonly find: ReadonlyMap<string, readonly Entry[]>;
  /** Entries to put in, by kind. */
  readonly use: ReadonlyMap<string, readonly Entry[]>;
};

const FIRST_WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/u;

/**
 * Reads a table of lines `kind⇥source⇥target`; `kind⇥source⇥target⇥find` for entries that are only replaced (Maria⇥Mary),
 * and `…⇥use` for entries that are only put in. Throws `bad-file` naming the line.
 */
export function readSwapTable(lines: Iterable<string>, name = 'the table'): SwapTable {
  const find = new Map<string, Entry[]>();
  const use = new Map<string, Entry[]>();
  let number = 0;
  for (const line of lines) {
    number++;
    if (line === '') continue;
    const [kind, source, target, role = 'both', ...rest] = line.split('\t');
    const first = source?.match(FIRST_WORD);
    if (!kind || !source || !target || !first || first.index !== 0 || rest.length > 0 || !ROLES.includes(role)) {
      throw new RingformerError(
        'bad-file',
        `[ringformer/text] ${name}, line ${number}: expected kind, source and target between tabs, then nothing, 'find' or 'use'; got ${JSON.stringify(line.slice(0, 80))}.`,
      );
    }
    const entry = { kind, source, target };
    if (role !== 'use') push(find, first[0], entry);
    if (role !== 'find') push(use, kind, entry);
  }
  for (const entries of find.values()) entries.sort((a, b) => b.source.length - a.source.length);
  return { find, use };
}

const ROLES = ['both', 'find', 'use'];

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

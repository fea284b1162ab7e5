import type { Model } from './model.ts';
import { padSizes } from './stack.ts';
import { CONSTANTS } from './structs.ts';
import { writeStruct } from './write-struct.ts';

/** What cross-attention reads: for each sentence, the address and number of its keys and values. */
export type Memory = { readonly block: number; readonly sentences: readonly { at: number; length: number }[] };

/** Rows that are encoded together: enough for full tiles, few enough to stay in the cache. */
const ROWS = 512;

/** Encodes sentences of any length, row after row without padding. The caller frees `block`. */
export function encodeSources(model: Model, sources: readonly (readonly number[])[], levels: number): Memory {
  const { arena, config } = model;
  const width = 4 * 2 * padSizes(model.sizes).E; // bytes of one token's keys and values
  const texts = sources.map((ids) => withoutPadding(ids, config.padId));
  const block = arena.alloc(texts.reduce((total, tokens) => total + tokens.length, 0) * width);
  const sentences: { at: number; length: number }[] = [];
  let at = block;
  let group: Token[][] = [];
  const flush = () => {
    if (group.length === 0) return;
    const rows = group.reduce((total, tokens) => total + tokens.length, 0);
    encodeGroup(model, group, levels, at);
    at += rows * width;
    group = [];
  };
  let waiting = 0;
  for (const tokens of texts) {
    if (waiting > 0 && waiting + tokens.length > ROWS) {
      flush();
      waiting = 0;
    }
    sentences.push({ at: at + waiting * width, length: tokens.length });
    group.push(tokens);
    waiting += tokens.length;
  }
  flush();
  return { block, sentences };
}

type Token = { readonly id: number; readonly position: number };

/** Nothing attends to padding, so it is not computed. Text of nothing but padding keeps it, like a softmax over masks. */
function withoutPadding(ids: readonly number[], padId: number): Token[] {
  const all = ids.map((id, position) => ({ id, position }));
  const real = all.filter(({ id }) => id !== padId);
  return real.length > 0 ? real : all;
}

function encodeGroup(model: Model, group: readonly Token[][], levels: number, memory: number): void {
  const { arena, team, encoder, config } = model;
  const tokens = group.flat();
  const rows = tokens.length;
  const lists = arena.alloc(4 * 4 * rows);
  const words = arena.words(lists, 4 * rows);
  tokens.forEach(({ id, position }, row) => {
    words[row] = id;
    words[rows + row] = position;
  });
  let row = 0;
  for (const { length } of group) {
    const first = row;
    for (; row < first + length; row++) words.set([first, length], 2 * rows + 2 * row);
  }
  writeStruct(arena, model.job, 'Job', {
    kind: CONSTANTS.ENCODE,
    stack: encoder.stack,
    workspace: model.workspace.fit(rows),
    rows,
    levels,
    byRows: shareRows(model, rows) ? 1 : 0,
    table: encoder.table,
    tableScale: config.scaleEmbedding ? Math.sqrt(config.dim) : 1,
    positions: encoder.positions,
    ids: lists,
    position: lists + 4 * rows,
    spans: lists + 8 * rows,
    crossKeyValue: model.crossKeyValue,
    memory,
  });
  try {
    team.run(model.job, { kind: CONSTANTS.ENCODE, rows, worthSharing: worthSharing(model, rows) });
  } finally {
    arena.free(lists);
  }
}

/**
 * Many rows are divided among threads. With few, each thread computes some of the columns, whose weights stay in its cache.
 */
export function shareRows({ team }: Model, rows: number): boolean {
  return rows >= 16 * team.size();
}

/** Below about 100,000 multiplications per level, synchronising costs more than it saves. */
export function worthSharing({ config }: Model, rows: number): boolean {
  return rows * config.dim * config.dim >= 16384;
}

import { MASKED, RingformerError } from '@ringformer/core/base';
import type { OpenOptions } from '@ringformer/seq2seq/engine';
import { crossAttention } from './attention.ts';
import { type Memory, shareRows, worthSharing } from './encode.ts';
import { padded } from './matrix.ts';
import { checkIds, type Model } from './model.ts';
import { padSizes } from './stack.ts';
import { CONSTANTS } from './structs.ts';
import type { WasmDecoding } from './types.ts';
import { writeStruct } from './write-struct.ts';

/** Number of positions whose keys and values are allocated together. */
const CHUNK = 8;

/**
 * Sentences being decoded. Keys and values stay where they were written; each row has a list of the addresses of its past,
 * so choosing among hypotheses moves only these lists.
 */
export function decoding(model: Model, memory: Memory, options: OpenOptions): WasmDecoding {
  const { arena, team, config, decoder } = model;
  const { E } = padSizes(model.sizes);
  const most = options.rows;
  const levels = options.levels?.decoder ?? config.decoderLevels;
  const vocabulary = padded(config.targetVocab);
  const capacity = padded(config.maxLength);
  const levelStep = 4 * 2 * E * most;

  const owned: number[] = [memory.block];
  const own = (bytes: number) => {
    const at = arena.alloc(bytes);
    owned.push(at);
    return at;
  };
  const ids = own(4 * most);
  const memories = own(8 * most);
  const past = own(4 * most * capacity);
  const logits = own(4 * most * vocabulary);
  const blocks = own(8 * most * Math.ceil(vocabulary / CONSTANTS.SUM_BLOCK));
  const banned = own(vocabulary);
  const ban = arena.bytes(banned, vocabulary).fill(0).fill(1, config.targetVocab);
  for (const id of options.banned ?? []) ban[id] = 1;

  const screen = options.scores === false ? model.screen : undefined;
  const bounds = screen ? own(4 * most * team.most) : 0;

  const chunks: number[] = [];
  let masks = 0;
  let lists = 0;
  let listRoom = 0;
  let sentenceOf = memory.sentences.map((_, i) => i);
  let length = 0;
  let ended = false;
  let computed = 0;
  let described = 0;

  /** The address of the level-0 key of `slot` at `position`. */
  const keyAt = (position: number, slot: number): number => {
    const chunk = Math.floor(position / CHUNK);
    if (chunk === chunks.length) chunks.push(own(CHUNK * levels * levelStep));
    return chunks[chunk]! + (position % CHUNK) * levels * levelStep + 4 * 2 * E * slot;
  };

  const mask = (row: number) => {
    if (masks === 0) {
      masks = own(4 * most * capacity);
      arena.floats(masks, most * capacity).fill(0);
    }
    arena.floats(masks, most * capacity)[row * capacity + length] = MASKED;
  };

  /** Room for the lists of `count` choices: of each thread's part, and of all. */
  const fitLists = (count: number) => {
    if (count <= listRoom) return;
    if (lists > 0) {
      arena.free(lists);
      owned.splice(owned.indexOf(lists), 1);
    }
    listRoom = count;
    lists = own(2 * 4 * most * count * (team.most + 1));
  };

  const check = (tokens: readonly number[], count: number) => {
    if (ended) throw new RingformerError('bad-argument', '[ringformer/wasm] This decoding was disposed.');
    if (tokens.length !== sentenceOf.length) {
      throw new RingformerError(
        'bad-shape',
        `[ringformer/wasm] Got ${tokens.length} tokens for ${sentenceOf.length} rows; expected one token per row.`,
      );
    }
    if (length >= config.maxLength) {
      throw new RingformerError(
        'bad-shape',
        `[ringformer/wasm] The model writes at most ${config.maxLength} tokens, and that limit is reached.`,
      );
    }
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RingformerError(
        'bad-argument',
        `[ringformer/wasm] count: expected a whole number of at least 1, got ${count}.`,
      );
    }
    checkIds(tokens, config.targetVocab);
  };

  return {
    step(tokens, wanted) {
      check(tokens, wanted);
      const count = Math.min(wanted, config.targetVocab);
      const screened = count === 1 ? screen : undefined;
      const rows = tokens.length;
      fitLists(count);
      const addresses = tokens.map((_, row) => keyAt(length, row));
      const workspace = model.workspace.fit(rows);
      described = workspace;
      tokens.forEach((token, row) => token === config.padId && mask(row));
      arena.words(ids, rows).set(tokens);
      const table = arena.words(past, most * capacity);
      const sentences = arena.words(memories, 2 * most);
      addresses.forEach((address, row) => {
        const sentence = memory.sentences[sentenceOf[row]!] as { at: number; length: number };
        table[row * capacity + length] = address;
        sentences[2 * row] = sentence.at;
        sentences[2 * row + 1] = sentence.length;
      });
      const part = 4 * most * count * team.most;
      const values = lists + 2 * part;
      writeStruct(arena, model.job, 'Job', {
        kind: CONSTANTS.DECODE,
        stack: decoder.stack,
        workspace,
        rows,
        levels,
        byRows: shareRows(model, rows) ? 1 : 0,
        table: decoder.table,
        tableScale: config.scaleEmbedding ? Math.sqrt(config.dim) : 1,
        positions: decoder.positions,
        ids,
        position: length,
        past,
        masks,
        capacity,
        levelStep,
        memories,
        head: model.head,
        logits,
        banned,
        count,
        partValues: lists,
        partIds: lists + part,
        values,
        bestIds: values + 4 * most * count,
        blocks,
        ...(screened ? { ...screened, bounds } : {}),
      });
      team.run(model.job, { kind: CONSTANTS.DECODE, rows, worthSharing: worthSharing(model, rows) });
      length++;
      computed = screened ? 0 : rows;
      return {
        ids: arena.words(values + 4 * most * count, rows * count).slice(),
        logProbs: screened ? new Float32Array(rows).fill(Number.NaN) : arena.floats(values, rows * count).slice(),
      };
    },
    select(rows) {
      if (rows.length > most || rows.some((row) => sentenceOf[row] === undefined)) {
        throw new RingformerError(
          'bad-shape',
          `[ringformer/wasm] Expected at most ${most} rows with numbers below ${sentenceOf.length}, got [${rows}].`,
        );
      }
      sentenceOf = rows.map((row) => sentenceOf[row]!);
      permute(arena.words(past, most * capacity), rows, capacity, length);
      if (masks) permute(arena.words(masks, most * capacity), rows, capacity, length);
    },
    logits() {
      if (computed === 0 && length > 0) {
        throw new RingformerError(
          'bad-argument',
          '[ringformer/wasm] This decoding was opened with `scores: false` and has no logits. Leave `scores` out.',
        );
      }
      const all = arena.floats(logits, computed * vocabulary);
      const rows = new Float32Array(computed * config.targetVocab);
      for (let row = 0; row < computed; row++) {
        rows.set(all.subarray(row * vocabulary, row * vocabulary + config.targetVocab), row * config.targetVocab);
      }
      return rows;
    },
    attention: () =>
      crossAttention(
        model,
        described,
        sentenceOf.map((sentence) => memory.sentences[sentence]!),
      ),
    dispose() {
      if (!ended) for (const pointer of owned) arena.free(pointer);
      ended = true;
    },
  };
}

/** Row i of the table becomes a copy of row `rows[i]`, in its first `length` columns. */
function permute(table: Int32Array, rows: readonly number[], width: number, length: number): void {
  const old = rows.map((row) => table.slice(row * width, row * width + length));
  old.forEach((values, row) => {
    table.fill(0, row * width, (row + 1) * width);
    table.set(values, row * width);
  });
}

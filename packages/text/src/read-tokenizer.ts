import { BYTE_CHARS, tokenBytes } from './byte-alphabet.ts';
import type { MergeTable } from './merge-bytes.ts';
import { type Normalize, readNormalizer } from './normalizer.ts';
import { compilePattern, GPT2_PATTERN } from './pieces.ts';
import { SPECIAL_TOKENS } from './tokenizer-file.ts';
import { array, type Json, object, refuse, sequence, show } from './tokenizer-json.ts';

/** A `tokenizer.json`, parsed and checked. */
export type TokenizerParts = {
  /** Vocabulary strings by id. */
  readonly tokens: readonly string[];
  /** Bytes by id; undefined for special tokens. */
  readonly bytes: readonly (Uint8Array | undefined)[];
  /** The id of each byte. */
  readonly byteIds: Int32Array;
  readonly merges: MergeTable;
  readonly pattern: RegExp;
  /** What is done to a text first. */
  readonly normalize: Normalize;
  /** What is put before every non-empty text, and removed again when decoding: '' or ' '. */
  readonly prefix: '' | ' ';
  /** Ids of pad, bos and eos. */
  readonly specials: readonly [number, number, number];
};

/** Reads a parsed `tokenizer.json`. Throws `bad-file` naming the first thing that is wrong or not supported. */
export function readTokenizer(json: unknown): TokenizerParts {
  const file = object(json, 'the file');
  const model = object(file.model, 'model');
  if (model.type !== 'BPE') refuse(`model.type is ${show(model.type)}; only 'BPE' is supported`);
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix'] as const) {
    if (model[key]) refuse(`model.${key} is ${show(model[key])}; only byte-level BPE without affixes is supported`);
  }
  if (model.ignore_merges === true || model.byte_fallback === true) {
    refuse('model.ignore_merges or model.byte_fallback is true; only plain byte-level BPE is supported');
  }
  const added = readAdded(file.added_tokens);
  const tokens = readVocab(model.vocab, added);
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const bytes = tokens.map((token, id) =>
    added.has(id)
      ? undefined
      : (tokenBytes(token) ?? refuse(`model.vocab contains ${show(token)}, which is not a byte string`)),
  );
  const byteIds = Int32Array.from(BYTE_CHARS, (char, byte) => {
    const id = ids.get(char);
    return id === undefined || added.has(id) ? refuse(`model.vocab lacks byte ${byte} (${show(char)})`) : id;
  });
  return {
    tokens,
    bytes,
    byteIds,
    merges: readMerges(model.merges, ids, added),
    pattern: readPattern(file.pre_tokenizer),
    ...readText(file.normalizer, file.decoder),
    specials: readSpecials(added),
  };
}

function readAdded(value: unknown): Map<number, string> {
  const added = new Map<number, string>();
  for (const entry of array(value, 'added_tokens')) {
    const { id, content } = object(entry, 'an entry of added_tokens');
    if (typeof id !== 'number' || typeof content !== 'string' || content === '' || added.has(id)) {
      refuse(`added_tokens contains ${show(entry)}; each entry needs its own id and a content`);
    } else added.set(id, content);
  }
  return added;
}

function readVocab(value: unknown, added: ReadonlyMap<number, string>): string[] {
  const entries = Object.entries(object(value, 'model.vocab'));
  const all = new Map<string, unknown>(entries);
  for (const [id, content] of added) {
    if (all.has(content) && all.get(content) !== id)
      refuse(`${show(content)} has two ids, ${all.get(content)} and ${id}`);
    all.set(content, id);
  }
  const tokens: string[] = new Array(all.size);
  for (const [token, id] of all) {
    const fits = typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < all.size;
    if (!fits) refuse(`${show(token)} has id ${show(id)}; the ${all.size} tokens need ids 0 to ${all.size - 1}`);
    else if (tokens[id] !== undefined) refuse(`${show(token)} and ${show(tokens[id])} share id ${id}`);
    else tokens[id] = token;
  }
  return tokens;
}

function readMerges(value: unknown, ids: ReadonlyMap<string, number>, added: ReadonlyMap<number, string>): MergeTable {
  const list = array(value, 'model.merges');
  const ranks = new Map<number, number>();
  const merged = new Int32Array(list.length);
  for (const [rank, entry] of list.entries()) {
    const pair: unknown = typeof entry === 'string' ? entry.split(' ') : entry;
    const [left, right] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    if (typeof left !== 'string' || typeof right !== 'string') refuse(`merge ${rank} is ${show(entry)}, not a pair`);
    const parts = [left, right, left + right].map((token) => {
      const id = ids.get(token);
      if (id === undefined || added.has(id))
        return refuse(`merge ${rank} needs ${show(token)}, which is not in model.vocab`);
      return id;
    });
    const key = parts[0]! * ids.size + parts[1]!;
    if (ranks.has(key)) refuse(`merge ${rank} (${show(entry)}) occurs twice`);
    ranks.set(key, rank);
    merged[rank] = parts[2]!;
  }
  return { ranks, merged, size: ids.size };
}

function readPattern(value: unknown): RegExp {
  const steps = sequence(value, 'pre_tokenizer', 'pretokenizers');
  const last = steps.at(-1);
  if (last?.type !== 'ByteLevel' || last.add_prefix_space === true) {
    refuse('pre_tokenizer must end in ByteLevel with add_prefix_space false');
  }
  const split = steps.length === 2 ? steps[0] : undefined;
  if (steps.length === 1 && last?.use_regex !== false) return compilePattern(GPT2_PATTERN);
  const pattern = split?.pattern as Json | undefined;
  const fits = split?.type === 'Split' && split.behavior === 'Isolated' && !split.invert && last?.use_regex === false;
  if (!fits || typeof pattern?.Regex !== 'string') {
    return refuse('pre_tokenizer must be ByteLevel, or a Split by Regex (Isolated) and ByteLevel with use_regex false');
  }
  try {
    return compilePattern(pattern.Regex);
  } catch (cause) {
    return refuse(`JavaScript cannot run the Regex of pre_tokenizer: ${(cause as Error).message}`, cause);
  }
}

function readText(normalizer: unknown, decoder: unknown): Pick<TokenizerParts, 'normalize' | 'prefix'> {
  const steps = sequence(decoder, 'decoder', 'decoders');
  const strip = steps[1];
  if (steps[0]?.type !== 'ByteLevel' || steps.length > 2) refuse('decoder must be ByteLevel, or ByteLevel and Strip');
  const strips = strip?.type === 'Strip' && strip.content === ' ' && strip.start === 1 && strip.stop === 0;
  const { normalize, prefix } = readNormalizer(normalizer);
  if (prefix === '') {
    return strip === undefined ? { normalize, prefix } : refuse('decoder strips something that no normalizer adds');
  }
  if (prefix === ' ' && strips) return { normalize, prefix };
  return refuse(`normalizer puts ${show(prefix)} first; supported is ' ' with a decoder that strips it`);
}

function readSpecials(added: ReadonlyMap<number, string>): [number, number, number] {
  const byName = SPECIAL_TOKENS.slice(0, 3).map((name) => [...added].find(([, content]) => content === name)?.[0]);
  const byOrder = [...added.keys()].sort((a, b) => a - b);
  const [pad, bos, eos] = byName.includes(undefined) ? byOrder : byName;
  if (pad === undefined || bos === undefined || eos === undefined) {
    return refuse(`added_tokens has ${added.size} tokens; expected at least pad, bos and eos`);
  }
  return [pad, bos, eos];
}

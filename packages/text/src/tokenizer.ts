// The tokenizer without the rest, for pages: `@ringformer/text/tokenizer`.
import { mistakenFor, RingformerError } from '@ringformer/core/base';
import { mergeIds, type Skip } from './merge-bytes.ts';
import { eachPiece } from './pieces.ts';
import { randomStream } from './random.ts';
import { readTokenizer, type TokenizerParts } from './read-tokenizer.ts';

export type EncodeOptions = {
  /**
   * Share of the possible merges skipped at random each time a pair is chosen (BPE dropout), so that a model in training
   * sees the same text split in many ways. 0 by default. Pieces longer than 48 bytes are always split the same way.
   */
  readonly dropout?: number;
  /** Decides the dropout: the same seed and text give the same ids on every machine. 0 by default. */
  readonly seed?: number;
};

/**
 * Text to ids and back. `decode(encode(text))` is `normalize(text)` for every well-formed string; without a normalizer in the
 * file, that is `text`.
 */
export type Tokenizer = {
  readonly vocabSize: number;
  readonly padId: number;
  readonly bosId: number;
  readonly eosId: number;
  /** Put before every text that is not empty, and removed from the start of decoded text: ' ' or ''. */
  readonly prefix: '' | ' ';
  /** The form of a text that `encode` reads: what the `normalizer` of tokenizer.json makes of it, without the prefix. */
  normalize(text: string): string;
  /**
   * The ids of a text, without bos and eos. Anything that looks like a special token ('</s>') is plain text and never
   * becomes one. A lone surrogate, which UTF-8 cannot write, is read as U+FFFD.
   */
  encode(text: string, options?: EncodeOptions): number[];
  /** The text of ids; special tokens are left out, and bytes that are not UTF-8 become U+FFFD. Throws `bad-argument`. */
  decode(ids: ArrayLike<number>): string;
  /** Each id as the vocabulary writes it (GPT-2's byte alphabet: 'Ġ' is a space). Throws `bad-argument`. */
  tokens(ids: ArrayLike<number>): string[];
  /** The bytes of an id: none for a special token. Throws `bad-argument`. */
  bytes(id: number): Uint8Array;
};

const CACHED_PIECES = 1 << 16;
const LONGEST_CACHED = 64; // characters; longer pieces rarely occur twice
const LONGEST_DROPPED = 48; // bytes; with dropout every pair is checked again after each merge
const NO_BYTES = new Uint8Array(0);

/**
 * Reads a byte-level BPE in the Hugging Face format: the bytes, the text or the parsed JSON of a `tokenizer.json`. Throws
 * `bad-file` for anything else, saying what is wrong.
 */
export function loadTokenizer(json: unknown): Tokenizer {
  const parts = readTokenizer(parse(json));
  const { tokens, prefix } = parts;
  const [padId, bosId, eosId] = parts.specials;
  const token = (id: number): string => {
    const found = tokens[id];
    if (found === undefined) {
      const message = `[ringformer/text] ${id} is not an id of this tokenizer; its ids are 0 to ${tokens.length - 1}.`;
      throw new RingformerError('bad-argument', message);
    }
    return found;
  };
  const bytes = (id: number): Uint8Array => {
    token(id);
    return parts.bytes[id] ?? NO_BYTES;
  };
  return {
    vocabSize: tokens.length,
    padId,
    bosId,
    eosId,
    prefix,
    normalize: parts.normalize,
    encode: makeEncode(parts),
    decode: (ids) => {
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(join(Array.from(ids, bytes)));
      return prefix !== '' && text.startsWith(prefix) ? text.slice(prefix.length) : text;
    },
    tokens: (ids) => Array.from(ids, token),
    bytes,
  };
}

function parse(json: unknown): unknown {
  if (typeof json !== 'string' && !(json instanceof Uint8Array)) return json;
  try {
    return JSON.parse(typeof json === 'string' ? json : new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    const mistaken = mistakenFor(typeof json === 'string' ? new TextEncoder().encode(json) : json);
    const what = mistaken ?? `not JSON in UTF-8: ${(cause as Error).message}. Is it incomplete?`;
    const message = `[ringformer/text] The tokenizer file is ${what}`;
    throw new RingformerError('bad-file', message, { cause });
  }
}

function makeEncode({ pattern, byteIds, merges, prefix, normalize }: TokenizerParts): Tokenizer['encode'] {
  const encoder = new TextEncoder();
  const cache = new Map<string, number[]>();
  const encodePiece = (piece: string, skip?: Skip) => {
    const ids = Array.from(encoder.encode(piece), (b) => byteIds[b]!);
    return mergeIds(merges, ids, ids.length <= LONGEST_DROPPED ? skip : undefined);
  };
  return (given, { dropout = 0, seed = 0 } = {}) => {
    if (!(dropout >= 0 && dropout <= 1)) {
      throw new RingformerError('bad-argument', `[ringformer/text] dropout must be from 0 to 1; got ${dropout}.`);
    }
    const ids: number[] = [];
    const text = normalize(given);
    if (text.length === 0) return ids;
    if (dropout > 0) {
      const random = randomStream(seed);
      const skip = () => random() < dropout;
      eachPiece(pattern, prefix + text, (piece) => {
        for (const id of encodePiece(piece, skip)) ids.push(id);
      });
      return ids;
    }
    eachPiece(pattern, prefix + text, (piece) => {
      let found = cache.get(piece);
      if (found === undefined) {
        found = encodePiece(piece);
        if (piece.length <= LONGEST_CACHED) {
          if (cache.size >= CACHED_PIECES) cache.clear();
          cache.set(piece, found);
        }
      }
      for (const id of found) ids.push(id);
    });
    return ids;
  };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

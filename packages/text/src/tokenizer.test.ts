import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ODD_TEXTS, testLines } from '../test/lines.ts';
import { streamDecoder } from './stream-decoder.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';
import { type TokenizerFile, tokenizerConfig } from './tokenizer-file.ts';
import { trainTokenizer } from './train-tokenizer.ts';

const LINES = [...testLines('de'), ...testLines('en')];
let file: TokenizerFile;
let tokenizer: Tokenizer;
beforeAll(async () => {
  file = JSON.parse(JSON.stringify(await trainTokenizer(LINES, { vocabSize: 2000, normalizer: 'none' })));
  tokenizer = loadTokenizer(file);
});

describe('loadTokenizer', () => {
  it('matches the ids and text of @huggingface/tokenizers on every test sentence and odd text', () => {
    const other = new HuggingFace(file, tokenizerConfig(file));
    for (const text of [...LINES, ...ODD_TEXTS]) {
      const ids = tokenizer.encode(text);
      expect(ids).toEqual(other.encode(text, { add_special_tokens: false }).ids);
      expect(tokenizer.decode(ids)).toBe(text);
      if (text !== '') expect(other.decode(ids)).toBe(text);
    }
    expect(other.encode('Guten Tag').ids).toEqual([1, ...tokenizer.encode('Guten Tag'), 2]);
  });

  it('matches the ids of @huggingface/tokenizers on any text', () => {
    const other = new HuggingFace(file, tokenizerConfig(file));
    const special = /<pad>|<s>|<\/s>|<unk>/; // that library reads these in text as control tokens
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!special.test(text));
        expect(tokenizer.encode(text)).toEqual(other.encode(text, { add_special_tokens: false }).ids);
      }),
    );
  });

  it('splits text in different ways with dropout, the same ones for the same seed', () => {
    const text = 'Der Zug fährt um 14:35 Uhr ab. 😀';
    const cuts = Array.from({ length: 50 }, (_, seed) => tokenizer.encode(text, { dropout: 0.2, seed }));
    for (const [seed, ids] of cuts.entries()) {
      expect(tokenizer.decode(ids)).toBe(text);
      expect(tokenizer.encode(text, { dropout: 0.2, seed })).toEqual(ids);
    }
    expect(new Set(cuts.map(String)).size).toBeGreaterThan(20);
    const whole = tokenizer.encode(text);
    expect(tokenizer.encode(text, { dropout: 0, seed: 3 })).toEqual(whole);
    expect(Math.min(...cuts.map((ids) => ids.length))).toBeLessThanOrEqual(whole.length + 2);
    // everything left out: bytes
    expect(tokenizer.encode(text, { dropout: 1 }).length).toBe(new TextEncoder().encode(` ${text}`).length);
    expect(tokenizer.encode('', { dropout: 0.5 })).toEqual([]);
    expect(() => tokenizer.encode(text, { dropout: 1.1 })).toThrow('dropout must be from 0 to 1; got 1.1');
  });

  it('knows its size and its special ids', () => {
    expect(tokenizer).toMatchObject({ vocabSize: 2000, padId: 0, bosId: 1, eosId: 2, prefix: ' ' });
    expect(tokenizer.tokens([0, 1, 2, 3])).toEqual(['<pad>', '<s>', '</s>', '<unk>']);
  });

  it('reads bytes, text and parsed JSON alike', () => {
    const text = JSON.stringify(file);
    const ids = tokenizer.encode('Wo ist der Bahnhof?');
    expect(loadTokenizer(text).encode('Wo ist der Bahnhof?')).toEqual(ids);
    expect(loadTokenizer(new TextEncoder().encode(text)).encode('Wo ist der Bahnhof?')).toEqual(ids);
  });

  it('reads GPT-2 files: no prefix, its own pattern, merges as strings', () => {
    const gpt2 = {
      ...file,
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      decoder: { type: 'ByteLevel' },
      model: { ...file.model, merges: file.model.merges.map((pair) => pair.join(' ')) },
    };
    const ours = loadTokenizer(gpt2);
    const other = new HuggingFace(gpt2, tokenizerConfig(file));
    for (const text of ['Ich bin 123 Jahre alt.', "it's   ok", 'u\u0308ber', '\ufeffmark', ' space']) {
      expect(ours.encode(text)).toEqual(other.encode(text, { add_special_tokens: false }).ids);
      expect(ours.decode(ours.encode(text))).toBe(text);
      const stream = streamDecoder(ours);
      expect(
        ours
          .encode(text)
          .map((id) => stream.push(id))
          .join('') + stream.flush(),
      ).toBe(text);
    }
  });
});

describe('encode and decode', () => {
  it('is the identity on every well-formed string, and U+FFFD replaces a lone surrogate', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
    const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(units, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)),
        );
      }),
      { numRuns: 500 },
    );
    expect(tokenizer.decode(tokenizer.encode('a\ud800b'))).toBe('a\ufffdb');
  });

  it('reads a typed special token as plain text', () => {
    const ids = tokenizer.encode('a </s><pad> <s> b');
    expect(Math.min(...ids)).toBeGreaterThan(3);
    expect(tokenizer.decode(ids)).toBe('a </s><pad> <s> b');
  });

  it('leaves special tokens out when decoding', () => {
    expect(tokenizer.decode([1, ...tokenizer.encode('Hallo'), 2, 0, 0])).toBe('Hallo');
    expect(tokenizer.decode([])).toBe('');
  });

  it('refuses anything that is not an id', () => {
    for (const id of [-1, 2000, 1.5, Number.NaN]) {
      expect(() => tokenizer.decode([id])).toThrow(expect.objectContaining({ code: 'bad-argument' }));
    }
  });
});

describe('streamDecoder', () => {
  it('returns the whole text in the end and never half a character', () => {
    for (const text of ODD_TEXTS.filter((odd) => odd.length < 1000)) {
      const stream = streamDecoder(tokenizer);
      const parts = tokenizer.encode(text).map((id) => stream.push(id));
      expect(parts.join('') + stream.flush()).toBe(text);
      if (!text.includes('\ufffd')) expect(parts.join('')).not.toContain('\ufffd');
    }
  });

  it('agrees with decode on any ids, special and broken ones too', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 })), (ids) => {
        const stream = streamDecoder(tokenizer);
        for (let round = 0; round < 2; round++) {
          const parts = ids.map((id) => stream.push(id));
          expect(parts.join('') + stream.flush()).toBe(tokenizer.decode(ids));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the first bytes of an emoji back until the last one comes', () => {
    const ids = tokenizer.encode('😀');
    const stream = streamDecoder(tokenizer);
    expect(ids.length).toBeGreaterThan(1);
    expect(ids.map((id) => stream.push(id)).filter((part) => part !== '')).toEqual(['😀']);
  });
});

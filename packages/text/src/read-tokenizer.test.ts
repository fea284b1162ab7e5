import { expect, it } from 'vitest';
import { loadTokenizer } from './tokenizer.ts';
import { trainTokenizer } from './train-tokenizer.ts';

const good = await trainTokenizer(['der Hund und der Hof'], { vocabSize: 265 });
const text = JSON.stringify(good);
const { model } = good;
const without = (token: string) => Object.fromEntries(Object.entries(model.vocab).filter(([name]) => name !== token));

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:00ff\nsize 223533\n';

it.each<[string, unknown, RegExp]>([
  ['a file cut short', text.slice(0, -20), /not JSON/],
  ['an empty file', new Uint8Array(0), /not JSON/],
  ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), /not JSON in UTF-8/],
  ['a Git LFS pointer', POINTER, /The tokenizer file is a Git LFS pointer.*Run: git lfs pull\./],
  ['its bytes', new TextEncoder().encode(POINTER), /The tokenizer file is a Git LFS pointer/],
  ['a web page', '<!DOCTYPE html><title>404</title>', /The tokenizer file is a web page/],
  ['nothing', null, /the file is null, not an object/],
  ['a list', [], /the file is \[\], not an object/],
  ['another JSON', { weights: 1 }, /model is missing, not an object/],
  ['another model', { ...good, model: { type: 'Unigram' } }, /model.type is "Unigram"; only 'BPE'/],
  ['affixes', { ...good, model: { ...model, end_of_word_suffix: '</w>' } }, /end_of_word_suffix is "<\/w>"/],
  ['no added tokens', { ...good, added_tokens: undefined }, /added_tokens is missing/],
  ['an id twice', { ...good, model: { ...model, vocab: { ...model.vocab, der: 7 } } }, /"der" and .* share id 7/],
  ['an id too large', { ...good, model: { ...model, vocab: { ...model.vocab, der: 999 } } }, /"der" has id 999/],
  ['an id of text', { ...good, model: { ...model, vocab: { ...model.vocab, der: '7' } } }, /"der" has id "7"/],
  [
    'two ids of a special token',
    { ...good, model: { ...model, vocab: { ...model.vocab, '<s>': 9 } } },
    /"<s>" has two ids, 9 and 1/,
  ],
  ['a vocabulary with a hole', { ...good, model: { ...model, vocab: without('a') } }, /need ids 0 to/],
  [
    'no byte string',
    { ...good, model: { ...model, vocab: { ...model.vocab, 日: 265 } } },
    /"日", which is not a byte string/,
  ],
  ['merges of unknown tokens', { ...good, model: { ...model, merges: [['q', 'q']] } }, /merge 0 needs "qq"/],
  ['merges that are not pairs', { ...good, model: { ...model, merges: ['a'] } }, /merge 0 is "a", not a pair/],
  [
    'a merge twice',
    { ...good, model: { ...model, merges: [model.merges[0], model.merges[0]] } },
    /merge 1 .* occurs twice/,
  ],
  ['another pre-tokenizer', { ...good, pre_tokenizer: { type: 'Whitespace' } }, /pre_tokenizer must/],
  ['another normalizer', { ...good, normalizer: { type: 'NFKC' } }, /decoder strips something that no normalizer adds/],
  ['a decoder that strips text', { ...good, normalizer: null }, /decoder strips/],
  [
    'too few special tokens',
    { ...good, added_tokens: good.added_tokens.slice(0, 2) },
    /has 2 tokens; expected at least pad, bos and eos/,
  ],
])('refuses %s', (_, json, message) => {
  expect(() => loadTokenizer(json)).toThrow(message);
  expect(() => loadTokenizer(json)).toThrow(expect.objectContaining({ name: 'RingformerError', code: 'bad-file' }));
});

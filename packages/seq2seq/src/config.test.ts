import { expect, test } from 'vitest';
import { checkConfig, type Seq2seqConfig, seq2seqConfig } from './config.ts';
import { seq2seqSize } from './sizes.ts';

test("the defaults are the reference's", () => {
  expect(seq2seqConfig({ sourceVocab: 50_000, targetVocab: 50_000 })).toMatchObject({
    dim: 512,
    heads: 8,
    mlpDim: 2048,
    encoderLevels: 6,
    decoderLevels: 6,
    rank: 32,
    bias: false,
    positions: 'sinusoidal',
    tie: 'none',
    scaleEmbedding: false,
    signalInit: 'reference',
    dropout: 0.1,
    normEpsilon: 1e-5,
  });
  expect(seq2seqConfig({ dim: 40, sourceVocab: 9, targetVocab: 9, tie: 'output' })).toMatchObject({
    mlpDim: 160,
    rank: 2,
    scaleEmbedding: true,
  });
});

test("only the ring's norms have PyTorch's own epsilon", () => {
  const epsilon = (architecture: string) => seq2seqConfig({ architecture, sourceVocab: 9, targetVocab: 9 }).normEpsilon;
  expect(['ring', 'vanilla', 'universal', 'owf'].map(epsilon)).toEqual([1e-5, 1e-6, 1e-6, 1e-6]);
});

test('everything wrong is listed at once', () => {
  const make = () =>
    seq2seqConfig({ dim: 15, heads: 4, sourceVocab: 5, targetVocab: 6, tie: 'all', eosId: 5, rank: 0 });
  expect(make).toThrow(expect.objectContaining({ code: 'bad-config' }));
  for (const problem of [
    'rank is 0; expected a whole number of at least 1.',
    'dim 15 is not a multiple of heads 4.',
    'dim 15 is odd',
    "tie 'all' needs one vocabulary, but sourceVocab is 5 and targetVocab 6.",
    'eosId is 5; expected an id below 5.',
  ]) {
    expect(make).toThrow(problem);
  }
});

test.each<[field: keyof Seq2seqConfig, value: unknown]>([
  ['dim', 8.5],
  ['dim', '8'],
  ['heads', 0],
  ['maxLength', Number.POSITIVE_INFINITY],
  ['dropout', 1],
  ['dropout', '0.1'],
  ['dropout', Number.NaN],
  ['normEpsilon', 0],
  ['normEpsilon', '1e-5'],
  ['bias', undefined],
  ['scaleEmbedding', 1],
  ['tie', 'some'],
  ['positions', 'rotary'],
  ['signalInit', 'zero'],
  ['padId', -1],
  ['bosId', 2],
])('%s %j is refused', (field, value) => {
  const config = { ...seq2seqConfig({ dim: 8, sourceVocab: 9, targetVocab: 9 }), [field]: value };
  expect(() => checkConfig(config as Seq2seqConfig)).toThrow(expect.objectContaining({ code: 'bad-config' }));
  expect(() => checkConfig(config as Seq2seqConfig)).toThrow(field);
});

test.each([[null], ['ring'], [3], [[]], [undefined]])('%j is not a configuration', (given) => {
  for (const call of [seq2seqConfig, checkConfig]) {
    const error = expect.objectContaining({
      code: 'bad-config',
      message: expect.stringMatching(/Expected a configuration, an object such as \{ dim: 128 \}, got /),
    });
    expect(() => call(given as never)).toThrow(error);
  }
});

test('sizes by name: the base is what a configuration is without one', () => {
  const sizes = { sourceVocab: 9, targetVocab: 9 };
  expect(seq2seqSize('base', sizes)).toEqual(seq2seqConfig(sizes));
  expect(seq2seqSize('small', sizes)).toMatchObject({ dim: 256, mlpDim: 1024, heads: 8, rank: 16 });
  expect(seq2seqSize('big', { ...sizes, architecture: 'owf' })).toMatchObject({
    dim: 1024,
    mlpDim: 4096,
    encoderLevels: 6,
  });
  expect(() => seq2seqSize('huge' as never, sizes)).toThrow('one of small, base, big');
});

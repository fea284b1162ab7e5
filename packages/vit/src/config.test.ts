import { expect, test } from 'vitest';
import { checkConfig } from './config.ts';
import { readConfig, tokenCount, type VitConfig, vitConfig, vitSize, writeConfig } from './index.ts';

test('the default is the S/16 of the authors', () => {
  expect(vitConfig()).toEqual(vitSize('S_16'));
  expect(vitConfig()).toMatchObject({ dim: 728, mlpDim: 3072, heads: 8, levels: 6, rank: 45, ffnRank: 45 });
  expect(tokenCount(vitConfig())).toBe(197);
});

test('everything wrong is listed at once', () => {
  expect(() => vitConfig({ dim: 30, heads: 4, levels: 0, imageSize: 225, dropout: 1 })).toThrow(
    /levels is 0.*\n.*dim 30 is not a multiple of heads 4.*\n.*imageSize 225 is not a multiple of patchSize 16.*\n.*dropout is 1/,
  );
});

test.each<[Partial<VitConfig>, string]>([
  [{ dim: 33, heads: 3 }, 'dim 33 is odd'],
  [{ labels: ['a', 'b'], classes: 3 }, 'there are 2 labels for 3 classes'],
  [{ normEpsilon: 0 }, 'normEpsilon is 0'],
  [{ architecture: '' }, 'architecture is ""'],
  [{ levelTable: 'odd' as never }, "levelTable is 'odd'"],
  [{ signalInit: 'odd' as never }, "signalInit is 'odd'"],
])('%j is refused', (given, message) => expect(() => vitConfig(given)).toThrow(message));

test('a size that does not exist', () => expect(() => vitSize('XL_16' as never)).toThrow('one of S_16, S_32'));

test('a stored configuration is read back; anything else is refused', () => {
  const config = vitSize('B_32', { labels: ['cat', 'dog'] });
  expect(config.classes).toBe(2);
  expect(readConfig(writeConfig(config))).toEqual(config);
  expect(() => readConfig('{')).toThrow('is not JSON');
  expect(() => readConfig('{"format":"ringformer-seq2seq/1"}')).toThrow("expected format 'ringformer-vit/1'");
});

test.each([[null], ['S_16'], [3], [[]]])('%j is not a configuration', (given) => {
  for (const call of [vitConfig, checkConfig]) {
    const error = expect.objectContaining({ code: 'bad-config', message: expect.stringContaining('got ') });
    expect(() => call(given as never)).toThrow(error);
  }
});

test('case text/14: a Git LFS pointer or a web page in the place of config.json is called so', () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n';
  expect(() => readConfig(pointer)).toThrow(
    'config.json is a Git LFS pointer, not the file itself. Run: git lfs pull.',
  );
  expect(() => readConfig('<!doctype html>')).toThrow('config.json is a web page, not the file itself.');
});

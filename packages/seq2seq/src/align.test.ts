import { startCpu } from '@ringformer/test-tools/start-cpu';
import { tinyModel } from '@ringformer/test-tools/translation/tiny';
import { loadTokenizer, trainTokenizer } from '@ringformer/text';
import { beforeAll, expect, test } from 'vitest';
import { createTranslator } from './tensor-translator.ts';

beforeAll(startCpu);

async function tinyTranslator() {
  const tokenizer = loadTokenizer(await trainTokenizer(['guten Morgen, schöne Welt'], { vocabSize: 270 }));
  return createTranslator(tinyModel({ sourceVocab: 270, targetVocab: 270, maxLength: 40 }, 2), tokenizer);
}

test('says where each piece stands, and adds up the attention of the last two levels', async () => {
  const translator = await tinyTranslator();
  const texts = { source: 'schöne Welt', target: 'Morgen' };
  const [found, again] = (await translator.align?.([texts, { source: 'guten', target: 'schöne Morgen' }])) ?? [];
  const seen = await translator.inspect(texts);
  const { source, target, weights } = found ?? { source: [], target: [], weights: [] };
  expect(source.at(0)?.from).toBe(0);
  expect(source.at(-1)?.to).toBe('schöne Welt'.length);
  expect(target.at(-1)?.to).toBe('Morgen'.length);
  for (const [i, { from }] of source.entries()) if (i > 0) expect(from).toBe(source[i - 1]?.to);
  for (let i = 0; i < target.length; i++) {
    for (let j = 0; j < source.length; j++) {
      const maps = seen.cross.slice(-2);
      const wanted = maps.reduce((sum, { shape: [heads, n, m], data }) => {
        let mean = 0;
        for (let h = 0; h < heads; h++) mean += (data[(h * n + i) * m + j + 1] as number) / heads;
        return sum + mean;
      }, 0);
      expect(weights[i * source.length + j]).toBeCloseTo(wanted, 5);
    }
  }
  expect(again?.target.at(-1)?.to).toBe('schöne Morgen'.length);
  translator.dispose();
});

test('what is empty or too long has no alignment; what is no text is refused', async () => {
  const translator = await tinyTranslator();
  const pairs = [
    { source: '', target: 'Morgen' },
    { source: 'Morgen', target: 'x'.repeat(50) },
  ];
  expect(await translator.align?.(pairs)).toEqual([undefined, undefined]);
  expect(await translator.align?.([])).toEqual([]);
  await expect(translator.align?.([{ source: 'a', target: 1 as never }])).rejects.toMatchObject({
    code: 'bad-argument',
  });
  translator.dispose();
});

test('stops when it is aborted', async () => {
  const translator = await tinyTranslator();
  const pairs = [{ source: 'guten', target: 'Morgen' }];
  await expect(translator.align?.(pairs, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
  translator.dispose();
});

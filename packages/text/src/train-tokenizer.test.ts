import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testLines } from '../test/lines.ts';
import { loadTokenizer } from './tokenizer.ts';
import { type TrainProgress, trainTokenizer } from './train-tokenizer.ts';

/** Counts every pair again before every merge: slow and obviously right. */
function learnSlowly(words: [string[], number][], merges: number): [string, string][] {
  const learned: [string, string][] = [];
  const rank = new Map<string, number>();
  const order = (token: string) => rank.get(token) ?? token.charCodeAt(0) - 1e6;
  while (learned.length < merges) {
    const counts = new Map<string, number>();
    for (const [word, count] of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]} ${word[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    const best = [...counts]
      .filter(([, count]) => count >= 2)
      .map(([key, count]) => ({ pair: key.split(' ') as [string, string], count }))
      .sort(
        (a, b) => b.count - a.count || order(a.pair[0]) - order(b.pair[0]) || order(a.pair[1]) - order(b.pair[1]),
      )[0];
    if (best === undefined) break;
    const [left, right] = best.pair;
    learned.push(best.pair);
    if (!rank.has(left + right)) rank.set(left + right, learned.length);
    for (const [word] of words) {
      for (let i = 0; i + 1 < word.length; i++)
        if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right);
    }
  }
  return learned;
}

describe('trainTokenizer', () => {
  it('merges the most frequent pair first', async () => {
    const file = await trainTokenizer(['abab abab', 'abc'], { vocabSize: 264 });
    // ' abab' twice and ' abc': ab 5, Ġa 3, ba 2, bc 1; then Ġab 3 (Ġ + ab), abab would be Ġabab 2
    expect(file.model.merges).toEqual([
      ['a', 'b'],
      ['Ġ', 'ab'],
      ['Ġab', 'ab'],
    ]);
    expect(file.model.vocab).toMatchObject({
      '<pad>': 0,
      '<s>': 1,
      '</s>': 2,
      '<unk>': 3,
      '!': 4,
      ab: 260,
      Ġab: 261,
      Ġabab: 262,
    });
  });

  it('learns the same as counting again before every merge', async () => {
    const word = fc.stringMatching(/^[abc]{1,7}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 25 }), async (words) => {
        const file = await trainTokenizer(words, { vocabSize: 275 });
        const slow = words.map((text): [string[], number] => [['Ġ', ...text], 1]);
        const merges = learnSlowly(slow, file.model.merges.length + 1);
        const full = Object.keys(file.model.vocab).length === 275;
        expect(file.model.merges).toEqual(full ? merges.slice(0, file.model.merges.length) : merges);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same file whatever the order and the kind of the texts', async () => {
    const lines = testLines('de').slice(0, 500);
    async function* backwards() {
      for (const line of [...lines].reverse()) yield line;
    }
    const file = await trainTokenizer(lines, { vocabSize: 800 });
    expect(JSON.stringify(await trainTokenizer(backwards(), { vocabSize: 800 }))).toBe(JSON.stringify(file));
  });

  it('ends early when no pair is left, and minFrequency decides which are', async () => {
    const size = async (minFrequency?: number) =>
      (await trainTokenizer(['abcd', 'ab'], { vocabSize: 1000, ...(minFrequency && { minFrequency }) })).model.merges
        .length;
    expect(await size()).toBe(2); // ab, Ġab
    expect(await size(1)).toBe(4); // and cd, Ġabcd
    expect(await size(3)).toBe(0);
    expect(loadTokenizer(await trainTokenizer([], { vocabSize: 300 })).vocabSize).toBe(260);
  });

  it('never lets text merge into a special token', async () => {
    const specialTokens = ['[P]', '[B]', '[E]', 'ab'];
    const file = await trainTokenizer(Array(50).fill('xabx ab'), { vocabSize: 300, specialTokens });
    expect(file.model.merges.map((pair) => pair.join(''))).not.toContain('ab');
    const tokenizer = loadTokenizer(file);
    expect(tokenizer).toMatchObject({ padId: 0, bosId: 1, eosId: 2 });
    expect(tokenizer.encode('ab xabx')).not.toContain(3);
    expect(tokenizer.decode(tokenizer.encode('ab xabx'))).toBe('ab xabx');
  });

  it('reports its progress, and stops when the signal is aborted', async () => {
    const lines = testLines('en');
    const seen: TrainProgress[] = [];
    await trainTokenizer(lines, { vocabSize: 400, onProgress: (progress) => seen.push(progress) });
    expect(seen).toContainEqual({ phase: 'reading', texts: 2000 });
    expect(seen.at(-1)).toEqual({ phase: 'merging', tokens: 400, vocabSize: 400 });
    const control = new AbortController();
    const onProgress = () => control.abort(new Error('enough'));
    const run = trainTokenizer(lines, { vocabSize: 4000, signal: control.signal, onProgress });
    await expect(run).rejects.toThrow('enough');
  });

  it.each([
    [{ vocabSize: 259 }, /vocabSize must be an integer from 260/],
    [{ vocabSize: 300.5 }, /got 300.5/],
    [{ vocabSize: 300, specialTokens: ['<pad>', '<s>'] }, /at least three different/],
    [{ vocabSize: 300, specialTokens: ['<s>', '<s>', '</s>'] }, /at least three different/],
    [{ vocabSize: 300, specialTokens: ['<pad>', '<s>', 'a'] }, /"a" is too short/],
    [{ vocabSize: 300, minFrequency: 0 }, /minFrequency/],
  ])('refuses %o', async (options, message) => {
    await expect(trainTokenizer(['a'], options)).rejects.toThrow(message);
    await expect(trainTokenizer(['a'], options)).rejects.toMatchObject({ code: 'bad-argument' });
  });

  it('refuses what is not texts, and no options', async () => {
    await expect(trainTokenizer('abc', { vocabSize: 300 })).rejects.toThrow('an array of lines, got the text "abc"');
    await expect(trainTokenizer(3 as never, { vocabSize: 300 })).rejects.toThrow('got the number 3');
    await expect(trainTokenizer(['a'], undefined as never)).rejects.toThrow('{ vocabSize: 8000 }, got undefined');
  });
});

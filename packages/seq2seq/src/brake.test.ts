import { expect, test } from 'vitest';
import { noisyLanguage, toyDecoding } from '../test/toy.ts';
import { beamSearch } from './beam.ts';
import { type Brake, banned, mostOften } from './brake.ts';
import { greedySearch } from './greedy.ts';

test.each<[number[], Brake, number[]]>([
  [[], { n: 2, times: 1 }, []],
  [[5], { n: 2, times: 1 }, []],
  [[5, 6], { n: 2, times: 1 }, []],
  [[5, 6, 5], { n: 2, times: 1 }, [6]],
  [[5, 5], { n: 2, times: 1 }, [5]],
  [[5, 6, 5, 7, 5], { n: 2, times: 1 }, [6, 7]],
  [[5, 6, 5, 6, 5], { n: 2, times: 2 }, [6]],
  [[5, 6, 5], { n: 2, times: 2 }, []],
  [[5, 6, 7, 5, 6], { n: 3, times: 1 }, [7]],
  [[9, 6, 7, 5, 6], { n: 3, times: 1 }, []],
  [[5, 5, 5], { n: 3, times: 1 }, [5]],
  [[5, 6], { n: 1, times: 1 }, [5, 6]],
  [[5, 6, 5], { n: 1, times: 2 }, [5]],
  [[5, 6], { n: 3, times: 1, isWord: (token) => token === 6 }, [6]],
  [[6, 5], { n: 3, times: 1, isWord: (token) => token === 6 }, []],
  [[6, 6], { n: 2, times: 1, isWord: () => true }, [6]],
  [[], { n: 2, times: 1, isWord: () => true }, []],
])('after %j, with %j, these must not come: %j', (tokens, brake, expected) => {
  expect(banned(tokens, brake)).toEqual(expected);
});

test.each([
  [[1, 2, 3], 2, 1],
  [[1, 2, 1, 2], 2, 2],
  [[1, 1, 1, 1], 2, 3],
  [[1, 2, 1, 2], 3, 1],
  [[], 2, 1],
])('the most frequent n-gram of %j, n = %i, occurs %i times', (tokens, n, count) => {
  expect(mostOften(tokens, n)).toBe(count);
});

const [START, END] = [0, 1];

/** Every sequence in which no n-gram occurs more often than allowed, best first, by trying all of them. */
function exhaustive(sentence: number, limit: number, { n, times }: Brake) {
  const language = noisyLanguage(4);
  const found: { tokens: number[]; logProb: number }[] = [];
  const walk = (tokens: number[], sum: number) => {
    language(sentence, [START, ...tokens]).forEach((logProb, token) => {
      const longer = [...tokens, token];
      if (token === END) found.push({ tokens, logProb: sum + logProb });
      else if (mostOften(longer, n) > times) return;
      else if (longer.length === limit) found.push({ tokens: longer, logProb: sum + logProb });
      else walk(longer, sum + logProb);
    });
  };
  walk([], 0);
  return found.sort((a, b) => b.logProb - a.logProb);
}

test.each<Brake>([
  { n: 1, times: 1 },
  { n: 2, times: 1 },
  { n: 2, times: 2 },
  { n: 3, times: 1 },
])('a wide beam with %j finds what trying every sequence finds', async (brake) => {
  const limit = 5;
  for (const sentence of [11, 12, 13]) {
    const best = exhaustive(sentence, limit, brake).slice(0, 3 ** limit);
    const [found] = await beamSearch(toyDecoding(noisyLanguage(4), [sentence]), {
      beams: 3 ** limit,
      startId: START,
      endId: END,
      limits: [limit],
      brakes: [brake],
      earlyStop: false,
    });
    expect(found!.map(({ tokens }) => tokens)).toEqual(best.map(({ tokens }) => tokens));
  }
});

test('each sentence has its own brake, and one beam is greedy', async () => {
  const language = noisyLanguage(5, 2);
  const sentences = [1, 2, 3, 4, 5, 6];
  const limits = sentences.map(() => 9);
  const brakes = [undefined, { n: 1, times: 1 }, { n: 2, times: 1 }, { n: 2, times: 2 }, undefined, { n: 3, times: 1 }];
  const options = { startId: START, limits, brakes };
  const greedy = await greedySearch(toyDecoding(language, sentences), { ...options, endId: END });
  const beam = await beamSearch(toyDecoding(language, sentences), { ...options, endId: END, beams: 1 });
  expect(beam.map(([best]) => best)).toEqual(greedy);
  for (const [i, brake] of brakes.entries()) {
    const [alone] = await greedySearch(toyDecoding(language, [sentences[i]!]), {
      startId: START,
      endId: END,
      limits: [9],
      brakes: [brake],
    });
    expect(greedy[i]).toEqual(alone);
    if (brake) expect(mostOften(greedy[i]!.tokens, brake.n)).toBeLessThanOrEqual(brake.times);
  }
});

test('when everything that could come is banned, the sentence ends', async () => {
  const [found] = await greedySearch(toyDecoding(noisyLanguage(4), [3]), {
    startId: START,
    endId: END,
    limits: [50],
    brakes: [{ n: 1, times: 1 }],
  });
  expect(found!.tokens.length).toBeLessThanOrEqual(3);
});

import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { exhaustive, type Language, listedLanguage, noisyLanguage, open, toyDecoding } from '../test/toy.ts';
import { type BeamOptions, beamSearch } from './beam.ts';
import { greedySearch } from './greedy.ts';
import type { Hypothesis } from './hypothesis.ts';

beforeAll(startCpu);

const [START, END] = [0, 1];

const search = (language: Language, sentences: number[], options: Partial<BeamOptions> & { limits: number[] }) =>
  withoutLeaks(() =>
    beamSearch(toyDecoding(language, sentences), { beams: 2, startId: START, endId: END, ...options }),
  );

const tokensOf = (found: Hypothesis[]) => found.map(({ tokens }) => tokens);
const scoresOf = (found: readonly { score: number }[]) => found.map(({ score }) => score);

describe('a beam wide enough ranks as exhaustive search does', () => {
  test.each([0, 0.6, 1, 2])('length penalty %d', async (alpha) => {
    const language = noisyLanguage(4);
    const sentences = [11, 12, 13]; // unlike each other, and of unlike lengths
    const limits = [4, 2, 3];
    const beams = 3 ** 4;
    const found = await search(language, sentences, { beams, limits, lengthPenalty: alpha, earlyStop: false });
    for (const [i, sentence] of sentences.entries()) {
      const best = exhaustive(language, sentence, { startId: START, endId: END, limit: limits[i]!, alpha });
      const count = Math.min(beams, best.length);
      expect(tokensOf(found[i]!)).toEqual(best.slice(0, count).map(({ tokens }) => tokens));
      await expectClose(scoresOf(found[i]!), scoresOf(best.slice(0, count)), { atol: 1e-5 });
    }
  });
});

test.each([2, 3])('sentences searched together, %i beams, match each searched separately', async (beams) => {
  const language = noisyLanguage(6, 3);
  const [sentences, limits] = [
    [1, 2, 3, 4, 5],
    [7, 3, 9, 1, 8],
  ];
  const options = { beams, lengthPenalty: 0.8 };
  const together = await search(language, sentences, { limits, ...options });
  for (const [i, sentence] of sentences.entries()) {
    const [alone] = await search(language, [sentence], { limits: [limits[i]!], ...options });
    expect(tokensOf(together[i]!)).toEqual(tokensOf(alone!));
    await expectClose(scoresOf(together[i]!), scoresOf(alone!));
  }
});

test('one beam is greedy', async () => {
  const language = noisyLanguage(5, 2);
  const [sentences, limits] = [
    Array.from({ length: 20 }, (_, i) => i),
    Array.from({ length: 20 }, (_, i) => 1 + (i % 9)),
  ];
  const found = await search(language, sentences, { beams: 1, limits });
  const greedy = await withoutLeaks(() =>
    greedySearch(toyDecoding(language, sentences), { startId: START, endId: END, limits }),
  );
  expect(found.map(tokensOf)).toEqual(greedy.map(({ tokens }) => [tokens]));
  await expectClose(found.flatMap(scoresOf), scoresOf(greedy), { atol: 1e-5 });
});

describe('two beams, by hand', () => {
  test('an end among the best leaves room for as many live ones', async () => {
    // '' → end .4, a(2) .35, b(3) .25: with only two candidates, b would be lost; but b continues best.
    const language = listedLanguage(END, { '': [0, 0.4, 0.35, 0.25], '2': [0, 0.5, 0, 0.5], '3': [0, 0, 0, 0, 1] });
    const [found] = await search(language, [0], { limits: [3], lengthPenalty: 4, earlyStop: false });
    const penalty = (length: number) => ((5 + length) / 6) ** 4;
    expect(tokensOf(found!)[0]).toEqual([3, 4]);
    await expectClose([found![0]!.score], [Math.log(0.25) / penalty(3)], { atol: 1e-5 });
  });

  test('the length penalty counts the end token, and 0 compares plain sums', async () => {
    const language = listedLanguage(END, { '': [0, 0.5, 0.5], '2': [0, 0.8, 0.2] });
    const [bare] = await search(language, [0], { limits: [2], lengthPenalty: 0 });
    expect(tokensOf(bare!)).toEqual([[], [2]]);
    await expectClose(scoresOf(bare!), [Math.log(0.5), Math.log(0.4)]);
    const [fair] = await search(language, [0], { limits: [2], lengthPenalty: 2 });
    expect(tokensOf(fair!)).toEqual([[2], []]);
    await expectClose(scoresOf(fair!), [Math.log(0.4) / (7 / 6) ** 2, Math.log(0.5)]);
  });

  test('stops early, or when no live hypothesis can overtake', async () => {
    // two ends come first; the live prefix '2' would end better once it is longer
    const language = listedLanguage(END, { '': [0, 0.4, 0.6], '2': [0, 0.3, 0.7], '2 2': [0, 0, 1] });
    const options = { limits: [3], lengthPenalty: 3 };
    const [early] = await search(language, [0], options);
    expect(tokensOf(early!)).toEqual([[], [2]]);
    const [late] = await search(language, [0], { ...options, earlyStop: false });
    expect(tokensOf(late!)[0]).toEqual([2, 2, 2]);
  });

  test('waits for what can overtake only much later', async () => {
    // end .6 leads; '2' .4 continues with certainty, and the penalty of five more tokens lifts it above
    const sure = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [Array(n).fill(2).join(' '), [0, 0, 1]]));
    const language = listedLanguage(END, { '': [0, 0.6, 0.4], ...sure });
    const options = { beams: 1, limits: [6], lengthPenalty: 2 };
    expect(tokensOf((await search(language, [0], { ...options, earlyStop: false }))[0]!)).toEqual([Array(6).fill(2)]);
    expect(tokensOf((await search(language, [0], options))[0]!)).toEqual([[]]);
  });

  test('an end that is not among the two best does not count', async () => {
    // '2' ends .33, '3 2' .2475, '3' ends .2025, '2 2' and '2 4' .11
    const language = listedLanguage(END, {
      '': [0, 0, 0.55, 0.45],
      '2': [0, 0.6, 0.2, 0, 0.2],
      '3': [0, 0.45, 0.55],
    });
    const [found] = await search(language, [0], { limits: [3] });
    expect(tokensOf(found!)).toEqual([[2], [3, 2]]);
    await expectClose(scoresOf(found!), [Math.log(0.33), Math.log(0.2475)]);
  });

  test('a hypothesis cut at its limit is among the ended ones', async () => {
    const language = listedLanguage(END, { '': [0, 0.1, 0.9], '2': [0, 0.2, 0.8] });
    const [found] = await search(language, [0], { limits: [2], earlyStop: false });
    expect(tokensOf(found!)).toEqual([[2, 2], [2]]);
    await expectClose(scoresOf(found!), [Math.log(0.72), Math.log(0.18)]);
  });
});

test('banned tokens never appear, even with more beams than tokens left', async () => {
  const language: Language = (sentence, tokens) =>
    noisyLanguage(5)(sentence, tokens).map((logProb, id) => (id === 0 || id === 3 ? -1e9 : logProb));
  const [found] = await search(language, [1], { beams: 9, limits: [2] });
  expect(found!.length).toBe(7); // end; 2 and 4, followed by end, 2 or 4
  for (const { tokens, score } of found!) {
    expect(tokens).not.toContain(0);
    expect(tokens).not.toContain(3);
    expect(score).toBeGreaterThan(-100);
  }
});

test('no sentences, no steps', async () => {
  expect(
    await withoutLeaks(() =>
      beamSearch(toyDecoding(noisyLanguage(4), []), { beams: 2, startId: 0, endId: 1, limits: [] }),
    ),
  ).toEqual([]);
});

test('aborted in the middle, it throws the reason and leaks nothing', () =>
  withoutLeaks(async () => {
    const controller = new AbortController();
    let steps = 0;
    const decoding = toyDecoding(noisyLanguage(6), [1, 2], () => {
      if (++steps === 3) controller.abort(new Error('enough'));
    });
    const options = { beams: 3, startId: START, endId: 99, limits: [9, 9], signal: controller.signal };
    await expect(beamSearch(decoding, options)).rejects.toThrow('enough');
    expect(steps).toBe(3);
    expect(open).toBe(0);
  }));

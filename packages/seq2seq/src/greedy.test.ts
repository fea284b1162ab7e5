import { disposeTree, logSoftmax } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { logitsOf, tinyModel } from '@ringformer/test-tools/translation/tiny';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { listedLanguage, noisyLanguage, open, toyDecoding } from '../test/toy.ts';
import type { Seq2seq } from './architecture.ts';
import { beamSearch } from './beam.ts';
import { greedySearch } from './greedy.ts';
import type { Decoding } from './inference.ts';
import { tensorDecoding } from './tensor-decoding.ts';

beforeAll(startCpu);

test('takes the likeliest token until the end or the limit', () =>
  withoutLeaks(async () => {
    const language = listedLanguage(1, { '': [0, 0.2, 0.3, 0.5], '3': [0, 0.1, 0.9], '3 2': [0, 0.6, 0.4] });
    const heard: [number, number][] = [];
    const options = { startId: 0, endId: 1, limits: [9, 1], onToken: (s: number, t: number) => heard.push([s, t]) };
    const found = await greedySearch(toyDecoding(language, [0, 0]), options);
    expect(found.map(({ tokens }) => tokens)).toEqual([[3, 2], [3]]);
    expect(heard).toEqual([
      [0, 3],
      [1, 3],
      [0, 2],
    ]);
    await expectClose(
      found.map(({ score }) => score),
      [Math.log(0.5 * 0.9 * 0.6), Math.log(0.5)],
    );
  }));

test('sentences that have ended do not change the others', () =>
  withoutLeaks(async () => {
    const language = noisyLanguage(5, 4);
    const sentences = [5, 6, 7, 8, 9, 10];
    const limits = [8, 2, 5, 1, 9, 4];
    const together = await greedySearch(toyDecoding(language, sentences), { startId: 0, endId: 1, limits });
    for (const [i, sentence] of sentences.entries()) {
      const options = { startId: 0, endId: 1, limits: [limits[i]!] };
      const [alone] = await greedySearch(toyDecoding(language, [sentence]), options);
      expect(together[i]!.tokens).toEqual(alone!.tokens);
    }
  }));

test('aborted in the middle, it throws the reason and leaks nothing', () =>
  withoutLeaks(async () => {
    const controller = new AbortController();
    const options = {
      startId: 0,
      limits: [9, 9],
      signal: controller.signal,
      onToken: () => controller.abort(new Error('enough')),
    };
    await expect(greedySearch(toyDecoding(noisyLanguage(5), [1, 2]), options)).rejects.toThrow('enough');
    const aborted = { ...options, signal: AbortSignal.abort() };
    await expect(greedySearch(toyDecoding(noisyLanguage(5), [1]), aborted)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(open).toBe(0);
  }));

describe('over a model', () => {
  const SOURCE = [
    [1, 5, 6, 7, 2],
    [1, 8, 2, 0, 0],
    [1, 3, 4, 9, 2],
  ];
  const withModel = (work: (model: Seq2seq, open: (banned?: number[]) => Decoding) => Promise<void>) =>
    withoutLeaks(async () => {
      const model = tinyModel({}, 4);
      await work(model, (banned) => tensorDecoding(model, SOURCE, { banned }));
      disposeTree(model.params);
    });
  const options = { startId: 1, endId: 2, limits: [9, 6, 4] };

  /** Σ log p of tokens (and the end token) after the start token, in one pass, over tokens that are not banned. */
  const sumOf = (model: Seq2seq, source: number[], tokens: number[], ends: boolean) =>
    tf.tidy(() => {
      const logProbs = logSoftmax(logitsOf(model, [source], [[1, ...tokens]])).arraySync() as number[][][];
      return [...tokens, ...(ends ? [2] : [])].reduce((sum, token, i) => sum + logProbs[0]![i]![token]!, 0);
    });

  test('greedy search is the argmax of one pass at each position', () =>
    withModel(async (model, open) => {
      const found = await greedySearch(open(), options);
      for (const [s, { tokens, score }] of found.entries()) {
        const ends = tokens.length < options.limits[s]!;
        const best = tf.tidy(() => [...tf.argMax(logitsOf(model, [SOURCE[s]!], [[1, ...tokens]]), -1).dataSync()]);
        expect(best.slice(0, tokens.length)).toEqual(tokens);
        if (ends) expect(best[tokens.length]).toBe(2);
        await expectClose([score], [sumOf(model, SOURCE[s]!, tokens, ends)], { atol: 1e-4 });
      }
    }));

  test('one beam is greedy, and banned tokens never appear', () =>
    withModel(async (_, open) => {
      const seen = new Set<number>();
      for (const ban of [0, 1, 2]) {
        const banned = [...seen].slice(0, ban); // what the model says when it may
        const greedy = await greedySearch(open(banned), options);
        const beam = await beamSearch(open(banned), { ...options, beams: 1 });
        expect(beam.map(([best]) => best!.tokens)).toEqual(greedy.map(({ tokens }) => tokens));
        for (const { tokens } of greedy) {
          for (const token of banned) expect(tokens).not.toContain(token);
          for (const token of tokens) seen.add(token);
        }
        expect(seen.size).toBeGreaterThan(ban);
      }
    }));

  test("each hypothesis' score is its own Σ log p, whichever rows the beams came from", () =>
    withModel(async (model, open) => {
      const found = await beamSearch(open(), { ...options, beams: 3, lengthPenalty: 1 });
      for (const [s, hypotheses] of found.entries()) {
        expect(hypotheses.length).toBe(3);
        for (const { tokens, score } of hypotheses) {
          const ends = tokens.length < options.limits[s]!;
          const length = tokens.length + (ends ? 1 : 0);
          const sums = [true, false].map((ends) => sumOf(model, SOURCE[s]!, tokens, ends) / ((5 + length) / 6));
          // at the limit a hypothesis may have ended there or been cut
          expect(Math.min(...sums.map((sum) => Math.abs(sum - score)))).toBeLessThan(1e-4);
        }
      }
    }));
});

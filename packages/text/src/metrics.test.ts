import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BleuOptions, type BleuScore, corpusBleu, SACREBLEU_VERSION, sentenceBleu } from './bleu.ts';
import { type ChrfOptions, type ChrfScore, corpusChrf, sentenceChrf } from './chrf.ts';
import { fixed } from './python-text.ts';

type PythonOptions = {
  tokenize?: BleuOptions['tokenize'];
  smooth_method?: BleuOptions['smooth'];
  smooth_value?: number;
  effective_order?: boolean;
  lowercase?: boolean;
  char_order?: number;
  word_order?: number;
  beta?: number;
  whitespace?: boolean;
  eps_smoothing?: boolean;
};
type Golden = {
  sacrebleu: string;
  corpora: {
    name: string;
    hypotheses: string[];
    references: (string | null)[][];
    bleu: ({ options: PythonOptions; format: string } & Omit<BleuScore, 'format'>)[];
    chrf: ({ options: PythonOptions; format: string } & Omit<ChrfScore, 'format'>)[];
  }[];
  sentences: { hypothesis: string; reference: string; bleu: number; chrf: number }[];
  rounded: { value: number; digits: number; text: string }[];
};

const golden: Golden = JSON.parse(readFileSync(new URL('../test/goldens/metrics.json', import.meta.url), 'utf8'));

function bleuOptions({ smooth_method, smooth_value, effective_order, ...same }: PythonOptions): BleuOptions {
  return {
    ...same,
    ...(smooth_method && { smooth: smooth_method }),
    ...(smooth_value && { smoothValue: smooth_value }),
    ...(effective_order && { effectiveOrder: effective_order }),
  };
}

function chrfOptions({ char_order, word_order, eps_smoothing, ...same }: PythonOptions): ChrfOptions {
  return {
    ...same,
    ...(char_order && { charOrder: char_order }),
    ...(word_order && { wordOrder: word_order }),
    ...(eps_smoothing && { epsSmoothing: eps_smoothing }),
  };
}

describe('sacreBLEU', () => {
  it('is the version that signatures name', () => {
    expect(golden.sacrebleu).toBe(SACREBLEU_VERSION);
  });

  it.each(golden.corpora)('gives the same BLEU: $name', ({ hypotheses, references, bleu }) => {
    for (const { options, format, precisions, ...expected } of bleu) {
      const score = corpusBleu(hypotheses, references, bleuOptions(options));
      expect(score.format()).toBe(format);
      for (const key of ['score', 'bp', 'ratio', 'sysLen', 'refLen'] as const) {
        expect(score[key], `${format} ${key}`).toBeCloseTo(expected[key], 9);
      }
      precisions.forEach((precision, i) => {
        expect(score.precisions[i]).toBeCloseTo(precision, 9);
      });
    }
  });

  it.each(golden.corpora)('gives the same chrF: $name', ({ hypotheses, references, chrf }) => {
    for (const { options, format, score } of chrf) {
      const ours = corpusChrf(hypotheses, references, chrfOptions(options));
      expect(ours.format()).toBe(format);
      expect(ours.score, format).toBeCloseTo(score, 9);
    }
  });

  it('gives the same figures for single sentences', () => {
    for (const { hypothesis, reference, bleu, chrf } of golden.sentences) {
      expect(sentenceBleu(hypothesis, reference).score).toBeCloseTo(bleu, 9);
      expect(sentenceChrf(hypothesis, [reference], { wordOrder: 2 }).score).toBeCloseTo(chrf, 9);
    }
  });
});

describe('corpusBleu', () => {
  it('gives 100 for equal texts, and accepts one stream of references as a plain list', () => {
    const lines = ['Das ist ein Haus.', 'Wo ist der Bahnhof?'];
    expect(corpusBleu(lines, lines)).toMatchObject({ precisions: [100, 100, 100, 100], bp: 1, ratio: 1, sysLen: 10 });
    expect(corpusBleu(lines, [lines]).score).toBeCloseTo(100, 12); // sacreBLEU also says 100.00000000000004
    expect(corpusChrf(lines, lines).score).toBe(100);
  });

  it('counts by hand: "the cat sat" for "the cat sits down"', () => {
    // 1-grams 2 of 3, 2-grams 1 of 2, 3-grams 0 of 1 → 1/(2·1); no 4-gram; bp = e^(1 − 4/3)
    const { score, counts, totals } = sentenceBleu('the cat sat', 'the cat sits down');
    expect(counts).toEqual([2, 1, 0, 0]);
    expect(totals).toEqual([3, 2, 1, 0]);
    expect(score).toBeCloseTo(100 * Math.exp(-1 / 3) * Math.cbrt((2 / 3) * (1 / 2) * (1 / 2)), 10);
  });

  it.each([
    [() => corpusBleu(['a', 'b'], ['a']), 'There are 2 hypotheses and 1 references.'],
    [() => corpusBleu(['a'], [['a'], ['a', 'b']]), 'There are 1 hypotheses and 2 references in stream 1.'],
    [() => corpusBleu([], []), 'needs a hypothesis and a reference'],
    [() => corpusBleu(['a'], [[null]]), 'Line 0 has no reference.'],
    [
      () => corpusBleu(['a'], ['a'], { tokenize: '14' as '13a' }),
      "tokenize is '14'; expected one of 13a, intl, char, none.",
    ],
    [
      () => corpusBleu(['a'], ['a'], { smooth: 'x' as 'exp' }),
      "smooth is 'x'; expected one of exp, floor, add-k, none.",
    ],
    [() => corpusChrf(['a'], ['a'], { charOrder: 0 }), 'got 0, 0 and 2'],
  ])('refuses what does not fit: %s', (run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code: 'bad-argument' }));
  });
});

it('rounds as Python does', () => {
  for (const { value, digits, text } of golden.rounded) expect(fixed(value, digits)).toBe(text);
});

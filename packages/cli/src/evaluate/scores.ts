import {
  bleuMeasure,
  type Comparison,
  chrfMeasure,
  confidenceIntervals,
  corpusBleu,
  corpusChrf,
  countNames,
  digitGroups,
  type Interval,
  keepsNumbers,
  pairedBootstrap,
  repeatsItself,
  sharedNames,
} from '@ringformer/text';

/** Translations and what they are judged by. */
export type Scored = {
  readonly hypotheses: readonly string[];
  /** `references[stream][line]` */
  readonly references: readonly (readonly string[])[];
  readonly sources?: readonly string[];
  /** Another system's translations, to compare with. */
  readonly baseline?: readonly string[];
  /** How often to resample for 95 % intervals; 0: not at all. */
  readonly samples: number;
};

/** How many lines or names there are, and how many of them are right. */
type Share = { readonly of: number; readonly right: number };

/** What is told of translations, whoever made them. */
export type Report = {
  readonly bleu: ReturnType<typeof corpusBleu>;
  readonly chrf: ReturnType<typeof corpusChrf>;
  readonly intervals?: Record<'bleu' | 'chrf', Interval>;
  readonly paired?: ReturnType<typeof pairedBootstrap<'bleu' | 'chrf'>>;
  readonly numbers?: Share;
  readonly names?: Share;
  readonly repetitions: number;
};

export function scoresOf({ hypotheses, references, sources, baseline, samples }: Scored): Report {
  const measures = (texts: readonly string[]) => ({
    bleu: bleuMeasure(texts, references),
    chrf: chrfMeasure(texts, references),
  });
  const paired = baseline && pairedBootstrap(measures(hypotheses), measures(baseline), { samples });
  return {
    bleu: corpusBleu(hypotheses, references),
    chrf: corpusChrf(hypotheses, references),
    ...(paired
      ? { paired, intervals: { bleu: paired.bleu.system, chrf: paired.chrf.system } }
      : samples > 0 && { intervals: confidenceIntervals(measures(hypotheses), { samples }) }),
    ...(sources && { numbers: numbersOf(sources, hypotheses), names: namesOf(sources, references, hypotheses) }),
    repetitions: hypotheses.filter((text, i) => repeatsItself(text, sources?.[i])).length,
  };
}

/** Of the lines with digits, those whose translation has the same numbers. */
function numbersOf(sources: readonly string[], hypotheses: readonly string[]): Share {
  const lines = sources.flatMap((source, i) => (digitGroups(source).length > 0 ? [i] : []));
  return { of: lines.length, right: lines.filter((i) => keepsNumbers(sources[i]!, hypotheses[i]!)).length };
}

/** Of the names that a source and its first reference have in common, those that the translation has too. */
function namesOf(sources: readonly string[], references: Scored['references'], hypotheses: readonly string[]): Share {
  const found = sources.map((source, i) => sharedNames(source, references[0]?.[i] ?? ''));
  return {
    of: found.reduce((sum, names) => sum + names.length, 0),
    right: found.reduce((sum, names, i) => sum + countNames(names, hypotheses[i]!), 0),
  };
}

/** For --json. */
export function scoresJson({ bleu, chrf, intervals, paired, numbers, names, repetitions }: Report, lines: number) {
  const compared = (name: 'bleu' | 'chrf') =>
    paired && { [name]: { ...paired[name].baseline, p: paired[name].system.p } };
  return {
    bleu: bleu.score,
    chrf: chrf.score,
    precisions: bleu.precisions,
    bp: bleu.bp,
    lengths: { system: bleu.sysLen, reference: bleu.refLen, ratio: bleu.ratio },
    signatures: { bleu: bleu.signature, chrf: chrf.signature },
    ...(intervals && { intervals: { bleu: only(intervals.bleu), chrf: only(intervals.chrf) } }),
    ...(paired && { baseline: { ...compared('bleu'), ...compared('chrf') } }),
    ...(numbers && { numbers: { lines: numbers.of, right: numbers.right } }),
    ...(names && { names: { found: names.of, kept: names.right } }),
    repetitions: { lines: repetitions, rate: repetitions / lines },
  };
}

const only = ({ mean, ci }: Interval) => ({ mean, ci });

/** For people. */
export function scoresText(
  { bleu, chrf, intervals, paired, numbers, names, repetitions }: Report,
  lines: number,
): string[] {
  const interval = ({ mean, ci }: Interval) => `95 % of samples within ${mean.toFixed(2)} ± ${ci.toFixed(2)}`;
  const versus = (name: string, system: Comparison, base: Interval & { score: number }) => {
    const verdict = system.p < 0.05 ? 'significant' : 'not significant';
    return `${name} ${system.score.toFixed(2)}, baseline ${base.score.toFixed(2)}: difference ${signed(system.score - base.score)}, p = ${system.p.toFixed(4)}, ${verdict}`;
  };
  const share = ({ of, right }: Share) => `${right} of ${of} (${percent(right, of)})`;
  return [
    bleu.format(),
    ...(intervals ? [`  ${interval(intervals.bleu)}`] : []),
    chrf.format(),
    ...(intervals ? [`  ${interval(intervals.chrf)}`] : []),
    ...(paired
      ? [
          versus('BLEU', paired.bleu.system, paired.bleu.baseline),
          versus('chrF', paired.chrf.system, paired.chrf.baseline),
        ]
      : []),
    ...(numbers && numbers.of > 0 ? [`lines with numbers, all of them right: ${share(numbers)}`] : []),
    ...(names && names.of > 0 ? [`names kept: ${share(names)}`] : []),
    `lines that repeat themselves: ${repetitions} of ${lines} (${percent(repetitions, lines)})`,
  ];
}

const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
const signed = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(2)}`;

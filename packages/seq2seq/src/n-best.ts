import { confidenceOf, type Hypothesis, joined } from './hypothesis.ts';
import type { TranslateOptions } from './options.ts';
import type { Part } from './plan.ts';
import type { Searcher } from './ready.ts';

/** One of several translations. */
export type Candidate = {
  readonly text: string;
  /**
   * Σ log p of its tokens and of the end, divided by ((5 + length) / 6)^lengthPenalty: the same for the same text and
   * penalty, whatever the width of the beam. Of several sentences, the mean.
   */
  readonly score: number;
  /** The geometric mean of its tokens' probabilities, from 0 to 1. */
  readonly confidence: number;
  /** Numbers were wrong in the likeliest translation, and were put right here. */
  readonly corrected?: true;
};

/** A candidate for a part of a text, or for several: `score` is the sum. */
type Choice = {
  readonly text: string;
  readonly score: number;
  readonly found: readonly Hypothesis[];
  readonly corrected?: true;
};

/** The `beams` best translations of a text, best first. */
export async function bestOf(searcher: Searcher, text: string, options: TranslateOptions): Promise<Candidate[]> {
  const { beams = 4 } = options;
  const [parts = []] = await searcher.parts([text], options);
  if (parts.length === 0) return [];
  return combine(await choicesOf(searcher, parts, options), beams).map(({ text, score, found, corrected }) => ({
    text,
    score: score / Math.max(1, found.length),
    confidence: confidenceOf(joined(found)),
    ...((corrected || found.some((one) => one.corrected)) && { corrected: true as const }),
  }));
}

/** The candidates for each part, best first. */
async function choicesOf(searcher: Searcher, parts: readonly Part[], options: TranslateOptions): Promise<Choice[][]> {
  const { tokenizer, ids, search } = searcher;
  const choices: Choice[][] = [];
  for (const part of parts) {
    if (typeof part === 'string') {
      choices.push([{ text: part, score: 0, found: [] }]);
      continue;
    }
    const [hypotheses = []] = await search([ids(part.source)], options, { scores: true, words: false });
    const finished = (anyNumbers: boolean) =>
      hypotheses.flatMap((hypothesis): Choice[] => {
        const text = part.finish(tokenizer.decode(hypothesis.tokens), anyNumbers);
        const { score } = hypothesis;
        return text === undefined ? [] : [{ text, score, found: [hypothesis], corrected: part.corrected }];
      });
    const [right, all] = [finished(false), finished(true)];
    const rest = all.filter(({ text }) => right.every((one) => one.text !== text));
    if (right.length > 0) choices.push([...right, ...rest]);
    else {
      const others = await choicesOf(searcher, part.otherwise?.() ?? [], options);
      if (rest.length === 0) choices.push(...others);
      else choices.push([...combine(others, 1), ...rest]);
    }
  }
  return choices;
}

/** The best combinations of one candidate for each part, by the sum of their scores. */
function combine(choices: readonly (readonly Choice[])[], most: number): Choice[] {
  let best: Choice[] = [{ text: '', score: 0, found: [] }];
  for (const list of choices) {
    const all = best.flatMap((a) =>
      list.map((b) => ({
        text: a.text + b.text,
        score: a.score + b.score,
        found: [...a.found, ...b.found],
        corrected: a.corrected || b.corrected,
      })),
    );
    const [first, ...rest] = all; // search may put another one first than the best score
    best = [...(first ? [first] : []), ...rest.sort((a, b) => b.score - a.score)].slice(0, most);
  }
  return best;
}

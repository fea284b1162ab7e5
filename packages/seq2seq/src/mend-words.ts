import type { Tokenizer } from '@ringformer/text';
import { confidenceOf, type Hypothesis } from './hypothesis.ts';
import { isBabble } from './one-word.ts';

/** How sure a model must be of a word with a full stop if it did not know the word without. */
const SURE_WITH_A_STOP = 0.5;

type Mending = {
  readonly tokenizer: Tokenizer;
  /** The sentences. */
  readonly texts: readonly string[];
  /** The most hypotheses of each. */
  readonly most: number;
  /** Searches for translations of these texts. */
  readonly again: (texts: readonly string[]) => Promise<Hypothesis[][]>;
};

/**
 * Models learn from sentences, so a word may mean something to them only with a full stop: it is put after words that would
 * otherwise stay as they are, and taken away from the translation.
 */
export async function mendWords(chosen: Hypothesis[][], { tokenizer, texts, most, again }: Mending): Promise<void> {
  const unknown = chosen.flatMap(([first], i) => (first?.unknown && /[\p{L}\p{M}]$/u.test(texts[i]!) ? [i] : []));
  if (unknown.length === 0) return;
  const stopped = unknown.map((i) => `${texts[i]}.`);
  const found = await again(stopped);
  unknown.forEach((i, at) => {
    const best = found[at]?.[0];
    if (!best || confidenceOf(best) < SURE_WITH_A_STOP) return;
    const text = tokenizer.decode(best.tokens);
    if (isBabble(stopped[at]!, text, confidenceOf(best)) || !/[\p{L}\p{M}]\.$/u.test(text)) return;
    const first = { ...best, tokens: tokenizer.encode(text.slice(0, -1)) };
    chosen[i] = [first, ...chosen[i]!].slice(0, most);
  });
}

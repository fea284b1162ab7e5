import { keepsNumbers, type Tokenizer } from '@ringformer/text';
import type { Guard } from './brake.ts';
import { confidenceOf, type Hypothesis } from './hypothesis.ts';
import { type DigitTokens, numberGuard } from './number-guard.ts';

/** A translation with the right numbers may be so much less likely, token by token; else the numbers get stand-ins. */
const SURE_OF_NUMBERS = 0.8;

type Mending = {
  readonly tokenizer: Tokenizer;
  readonly digits: DigitTokens;
  /** The sentences. */
  readonly texts: readonly string[];
  readonly languages: { readonly from?: string; readonly to?: string };
  /** The most hypotheses of each. */
  readonly most: number;
  /** Searches for translations of these sentences again, each with a guard. */
  readonly again: (which: readonly number[], guards: readonly Guard[]) => Promise<Hypothesis[][]>;
};

/** Where the first hypothesis has the numbers wrong, puts one first that another search finds, if it is likely enough. */
export async function mendNumbers(
  chosen: Hypothesis[][],
  { tokenizer, digits, texts, languages, most, again }: Mending,
): Promise<void> {
  const wrong = chosen.flatMap((hypotheses, i) => {
    const text = texts[i] as string;
    const [first] = hypotheses;
    if (!first || !/\d/.test(text)) return [];
    const translation = tokenizer.decode(first.tokens);
    if (keepsNumbers(text, translation, languages)) return [];
    const guard = numberGuard({ source: text, translation, ...languages }, tokenizer, digits);
    return guard ? [{ i, text, first, guard }] : [];
  });
  if (wrong.length === 0) return;
  const found = await again(
    wrong.map(({ i }) => i),
    wrong.map(({ guard }) => guard),
  );
  wrong.forEach(({ i, text, first }, at) => {
    const right = found[at]?.find(({ tokens }) => keepsNumbers(text, tokenizer.decode(tokens), languages));
    if (!right || confidenceOf(right) < SURE_OF_NUMBERS * confidenceOf(first)) return;
    chosen[i] = [{ ...right, corrected: true as const }, ...(chosen[i] as Hypothesis[])].slice(0, most);
  });
}

import { readFile } from 'node:fs/promises';
import { loadTokenizer, type Tokenizer, tokenBleu, tokenNist } from '@ringformer/text';
import { type Engine, filesFor, findGraphs } from '../model.ts';

/** The authors' scores: BLEU from 0 to 1, and NIST, of word pieces, with n-grams of up to 2 and of up to 4. */
export type ReferenceScores = Readonly<Record<'bleu2' | 'bleu4' | 'nist2' | 'nist4', number>>;

/** The tokenizer of the model that `--model` names, without its weights. */
export async function tokenizerFor(model: string | undefined, engine: Engine): Promise<Tokenizer> {
  const { tokenizer } = findGraphs(model) ?? (await filesFor(model, engine));
  return loadTokenizer(await readFile(tokenizer));
}

/** Translations and their references as the authors score them: cut into the model's word pieces again. */
export function referenceScores(
  hypotheses: readonly string[],
  references: readonly string[],
  tokenizer: Pick<Tokenizer, 'encode' | 'tokens'>,
): ReferenceScores {
  const pieces = (texts: readonly string[]) => texts.map((text) => tokenizer.tokens(tokenizer.encode(text)));
  const [ours, theirs] = [pieces(hypotheses), pieces(references)];
  return {
    bleu2: tokenBleu(ours, theirs, 2),
    bleu4: tokenBleu(ours, theirs, 4),
    nist2: tokenNist(ours, theirs, 2),
    nist4: tokenNist(ours, theirs, 4),
  };
}

/** For people. */
export const referenceText = ({ bleu2, bleu4, nist2, nist4 }: ReferenceScores): string[] => [
  `BLEU-2 ${bleu2.toFixed(4)}, BLEU-4 ${bleu4.toFixed(4)}, NIST-2 ${nist2.toFixed(4)}, NIST-4 ${nist4.toFixed(4)}`,
  "of word pieces, as the authors' code computes them: not comparable with sacreBLEU's",
];

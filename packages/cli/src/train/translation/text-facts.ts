import { createHash } from 'node:crypto';
import { RingformerError } from '@ringformer/core/base';
import { readParallel } from '@ringformer/text/node';
import type { Before } from '../subject.ts';
import type { TranslationSettings } from './settings.ts';

/** What a run keeps of a text: it changes with any line, but not with its place or its line ends. */
type Text = { readonly pairs: number; readonly sha256: string };
/** A mixture has its own fingerprint, in mixture.json. */
export type TextFacts = { readonly train?: Text; readonly valid: Text };

/** Reads the texts once, a line at a time. @throws what `readParallel` throws */
export async function textFacts(settings: TranslationSettings): Promise<TextFacts> {
  const { source, target, mixture, validSource, validTarget } = settings;
  const valid = await factsOf(validSource, validTarget);
  return mixture === '' ? { train: await factsOf(source, target), valid } : { valid };
}

async function factsOf(source: string, target: string): Promise<Text> {
  const hash = createHash('sha256');
  let pairs = 0;
  for await (const pair of readParallel(source, target)) {
    hash.update(`${pair.source}\n${pair.target}\n`);
    pairs++;
  }
  if (pairs === 0) throw new RingformerError('bad-file', `${source} is empty. Expected at least one sentence.`);
  return { pairs, sha256: hash.digest('hex') };
}

/**
 * Compares the texts with those the run began with. Other evaluation text is accepted if it is named on the command line.
 * @throws RingformerError 'bad-argument' that says which has changed
 */
export function checkSameText(now: TextFacts, { output, facts, given }: Before, settings: TranslationSettings): void {
  const before = (facts ?? {}) as Partial<TextFacts>;
  const { source, target, validSource, validTarget } = settings;
  if (before.train && now.train && before.train.sha256 !== now.train.sha256) {
    const counts =
      before.train.pairs === now.train.pairs
        ? `other lines than when the run in ${output} began`
        : `${now.train.pairs} pairs; the run in ${output} began with ${before.train.pairs}`;
    throw new RingformerError(
      'bad-argument',
      `${source} and ${target} have ${counts}. Restore the text, or start a new run with other text from these weights: --init ${output}/model.`,
    );
  }
  const named = given.validSource !== undefined || given.validTarget !== undefined;
  if (before.valid && before.valid.sha256 !== now.valid.sha256 && !named) {
    throw new RingformerError(
      'bad-argument',
      `${validSource} and ${validTarget} have changed since the run in ${output} began, so evaluations can't be compared. Restore them; or give --valid-source and --valid-target to judge by the new text from here on.`,
    );
  }
}

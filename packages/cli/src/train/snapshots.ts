import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { averageTrees, disposeTree } from '@ringformer/core';
import { type AnyParams, loadSeq2seq, type Seq2seq, saveSeq2seq } from '@ringformer/seq2seq';
import { writeFileAtomic } from '../logs/atomic.ts';
import type { Corpus } from './data.ts';
import { validLoss } from './evaluate.ts';

/** Keeps the evaluated weights of the last `keep` evaluations in `folder`. */
export async function keepSnapshot(
  folder: string,
  model: Seq2seq<AnyParams>,
  step: number,
  keep: number,
): Promise<void> {
  await writeFileAtomic(join(folder, `step-${String(step).padStart(8, '0')}.safetensors`), await saveSeq2seq(model));
  for (const name of names(folder).slice(0, -Math.max(1, keep))) rmSync(join(folder, name));
}

/** The average of the last snapshots, or the last weights where the validation text likes those better. */
export async function chooseModel(
  last: Seq2seq<AnyParams>,
  folder: string,
  valid: Corpus,
  { average, batchTokens }: { average: number; batchTokens: number },
): Promise<{ model: Seq2seq<AnyParams>; loss: number; says: string; dispose: () => void }> {
  const { config, architecture } = last;
  const files = names(folder).slice(-Math.max(1, average));
  const [first, ...rest] = files.map(
    (name) => loadSeq2seq<AnyParams>(config, readFileSync(join(folder, name)), architecture).params,
  );
  const lastLoss = await validLoss(last, valid, batchTokens);
  if (!first)
    return { model: last, loss: lastLoss, says: `Last weights: valid loss ${lastLoss.toFixed(4)}`, dispose: () => {} };
  const model = { ...last, params: averageTrees([first, ...rest]) };
  for (const tree of [first, ...rest]) disposeTree(tree);
  const loss = await validLoss(model, valid, batchTokens);
  const averaged = loss < lastLoss;
  return {
    model: averaged ? model : last,
    loss: Math.min(loss, lastLoss),
    says: `Valid loss of the last weights ${lastLoss.toFixed(4)}, of the average of ${files.length} snapshots ${loss.toFixed(4)}: took the ${averaged ? 'average' : 'last'}`,
    dispose: () => disposeTree(model.params),
  };
}

const names = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors'))
    .sort();

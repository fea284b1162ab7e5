import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  averageTrees,
  disposeTree,
  fitTree,
  RingformerError,
  rawToTensors,
  readSafetensors,
  reasonOf,
  type SpecOf,
  type Tree,
  treeToRaw,
  writeSafetensors,
} from '@ringformer/core';
import { writeFileAtomic } from '../logs/atomic.ts';

/** Keeps the weights of the last `keep` evaluations in `folder`. */
export async function keepSnapshot(folder: string, params: Tree, step: number, keep: number): Promise<void> {
  const bytes = writeSafetensors({ tensors: await treeToRaw(params), metadata: {} });
  writeFileAtomic(join(folder, `step-${String(step).padStart(8, '0')}.safetensors`), bytes);
  for (const name of names(folder).slice(0, -Math.max(1, keep))) rmSync(join(folder, name));
}

/** Removes the snapshots of later updates than `step`: the run goes on from there, and will make its own. */
export function dropSnapshots(folder: string, step: number): void {
  for (const name of names(folder)) if (Number(/\d+/.exec(name)?.[0]) > step) rmSync(join(folder, name));
}

/** The average of the last snapshots, or the last weights if their validation loss is lower. */
export async function chooseParams<P extends Tree>(
  last: P,
  spec: SpecOf<P>,
  folder: string,
  average: number,
  validLoss: (params: P) => Promise<number>,
): Promise<{ params: P; loss: number; says: string; dispose: () => void }> {
  const files = names(folder).slice(-Math.max(1, average));
  const [first, ...rest] = files.map((name) => readSnapshot(join(folder, name), spec));
  const lastLoss = await validLoss(last);
  if (!first)
    return { params: last, loss: lastLoss, says: `Last weights: valid loss ${lastLoss.toFixed(4)}`, dispose: () => {} };
  const mean = averageTrees([first, ...rest]);
  for (const tree of [first, ...rest]) disposeTree(tree);
  const loss = await validLoss(mean);
  const averaged = loss < lastLoss;
  return {
    params: averaged ? mean : last,
    loss: Math.min(loss, lastLoss),
    says: `Valid loss: last weights ${lastLoss.toFixed(4)}, average of ${files.length} snapshots ${loss.toFixed(4)}; kept the ${averaged ? 'average' : 'last'}`,
    dispose: () => disposeTree(mean),
  };
}

function readSnapshot<P extends Tree>(path: string, spec: SpecOf<P>): P {
  try {
    return fitTree<P>('this run', spec, rawToTensors(readSafetensors(readFileSync(path)).tensors));
  } catch (cause) {
    throw new RingformerError(
      'bad-checkpoint',
      `${path} cannot be averaged: ${reasonOf(cause)} Or delete it, and run the same command again: the others are averaged.`,
      { cause },
    );
  }
}

const names = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors'))
    .sort();

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RingformerError, readTrainState, reasonOf, type SpecOf, type StoredState, type Tree } from '@ringformer/core';
import { removeStaleTemps, writeFileAtomic } from '../logs/atomic.ts';
import { fileError } from '../logs/file-error.ts';

/**
 * The states of one rank that makes updates of its own, in `ranks/rank-R` of the run's folder: the last two, so that all ranks
 * have one in common wherever they were killed, and the one of the best evaluation.
 */
export type RankStates<P extends Tree> = {
  /** The updates of the states that are there. */
  steps(): number[];
  /** @throws RingformerError 'bad-checkpoint' */
  read(step: number): StoredState<P>;
  store(bytes: Uint8Array, step: number, best: number | undefined): void;
  /** Removes the states of later updates, and what a killed process left half written. */
  dropAfter(step: number): void;
};

export function rankStates<P extends Tree>(output: string, rank: number, spec: SpecOf<P>): RankStates<P> {
  const folder = join(output, 'ranks', `rank-${rank}`);
  const at = (step: number) => join(folder, `step-${String(step).padStart(8, '0')}.safetensors`);
  const steps = () =>
    existsSync(folder)
      ? readdirSync(folder)
          .flatMap((name) => /^step-(\d+)\.safetensors$/.exec(name)?.slice(1).map(Number) ?? [])
          .sort((a, b) => a - b)
      : [];
  return {
    steps,
    read(step) {
      try {
        return readTrainState<P>('this run', spec, readFileSync(at(step)));
      } catch (cause) {
        throw new RingformerError('bad-checkpoint', `Cannot resume from ${at(step)}: ${reasonOf(cause)}`, { cause });
      }
    },
    store(bytes, step, best) {
      try {
        mkdirSync(folder, { recursive: true });
      } catch (cause) {
        throw fileError('make the directory', folder, cause);
      }
      writeFileAtomic(at(step), bytes);
      const kept = new Set([...steps().slice(-2), best]);
      for (const old of steps()) if (!kept.has(old)) rmSync(at(old), { force: true });
    },
    dropAfter(step) {
      if (existsSync(folder)) removeStaleTemps(folder);
      for (const late of steps()) if (late > step) rmSync(at(late), { force: true });
    },
  };
}

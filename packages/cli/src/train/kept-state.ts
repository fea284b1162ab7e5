import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Also,
  beginTraining,
  disposeState,
  disposeTree,
  type History,
  RingformerError,
  reasonOf,
  resumeTraining,
  type TrainStart,
  type TrainState,
  type Tree,
  writeTrainState,
} from '@ringformer/core';
import { writeFileAtomic } from '../logs/atomic.ts';
import { fileError } from '../logs/file-error.ts';
import type { Opened } from './subject.ts';

/** The state to resume from, and the one of the best evaluation. */
const NEWEST = 'checkpoint.safetensors';
const BEST = 'checkpoint-best.safetensors';
/** A state that was left behind because training diverged from it. */
const DIVERGED = 'checkpoint-diverged.safetensors';

export const hasCheckpoint = (output: string): boolean => existsSync(join(output, NEWEST));

/** The states that a run keeps in its folder, and the weights in `model/` that belong to one of them. */
export type KeptState<P extends Tree> = {
  /** The newest state, or the first. The caller owns it. */
  read(seed: number): TrainStart<P>;
  store(state: TrainState<P>, history: History, also?: Also<P>): Promise<void>;
  writeModel(params: P): Promise<void>;
  /** Puts the weights of the newest state into `model/`. Returns its update; undefined if none was stored. */
  newestToModel(): Promise<number | undefined>;
  /** Puts the weights of the best evaluation into `model/`, if they are there. */
  bestToModel(): Promise<void>;
  /** Goes back to the best evaluation, or else to the beginning. Returns the update. */
  goBack(seed: number): Promise<number>;
};

export function keptState<P extends Tree>(
  output: string,
  name: string,
  { spec, init, save }: Pick<Opened<P, unknown>, 'spec' | 'init' | 'save'>,
): KeptState<P> {
  const at = (file: string) => join(output, file);
  const stored = (file: string) => {
    try {
      return resumeTraining<P>(
        'this run',
        spec,
        bytesOf(at(file)),
        name,
        (other) =>
          new RingformerError(
            'bad-checkpoint',
            `it belongs to a run of '${other}', not '${name}'. Choose another --output.`,
          ),
      );
    } catch (cause) {
      const better =
        file === NEWEST && existsSync(at(BEST))
          ? ` ${at(BEST)} is the state at the best evaluation: to resume from there, rename it to ${NEWEST}.`
          : '';
      throw new RingformerError('bad-checkpoint', `Cannot resume from ${at(file)}: ${reasonOf(cause)}${better}`, {
        cause,
      });
    }
  };
  const writeModel = async (params: P) =>
    writeFileAtomic(join(output, 'model', 'model.safetensors'), await save(params));
  const toModel = async (file: string) => {
    if (!existsSync(at(file))) return undefined;
    const { state, also } = stored(file);
    try {
      await writeModel(state.params);
      return state.adam.step;
    } finally {
      disposeState(state);
      for (const tree of Object.values(also?.trees ?? {})) disposeTree(tree);
    }
  };
  return {
    read: (seed) => (existsSync(at(NEWEST)) ? stored(NEWEST) : beginTraining(init(seed))),
    async store(state, history, also) {
      const bytes = await writeTrainState({ state, history, note: name, ...(also && { also }) });
      writeFileAtomic(at(NEWEST), bytes);
      if (history.best?.step === state.adam.step) writeFileAtomic(at(BEST), bytes);
    },
    writeModel,
    newestToModel: () => toModel(NEWEST),
    async bestToModel() {
      await toModel(BEST);
    },
    async goBack(seed) {
      if (existsSync(at(NEWEST))) renameSync(at(NEWEST), at(DIVERGED));
      const best = await toModel(BEST);
      if (best !== undefined) {
        writeFileAtomic(at(NEWEST), readFileSync(at(BEST)));
        return best;
      }
      rmSync(at(NEWEST), { force: true });
      const { state } = beginTraining(init(seed));
      await writeModel(state.params);
      disposeState(state);
      return 0;
    },
  };
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fileError('read', path, cause);
  }
}

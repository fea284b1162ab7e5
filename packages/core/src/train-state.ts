import { rawToTensors, treeToRaw } from './checkpoint.ts';
import { RingformerError } from './errors.ts';
import { fitTree } from './init.ts';
import { initAdam } from './optimizer.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import type { SpecOf } from './spec.ts';
import { type Cursor, disposeState, type History, type TrainState } from './trainer.ts';
import type { Tree } from './tree.ts';

const FORMAT = 'ringformer-train/1';

/** What a stored state contains besides tensors: `note` is the caller's own. */
export type StoredState<P extends Tree> = {
  readonly state: TrainState<P>;
  readonly history: History;
  readonly note: string;
};

/** The bytes of a checkpoint: weights, both moments, update count, data cursor and history, exactly. */
export async function writeTrainState<P extends Tree>({ state, history, note }: StoredState<P>): Promise<Uint8Array> {
  const { params, adam, cursor } = state;
  const tensors = await treeToRaw({ params, m: adam.m, v: adam.v });
  const metadata = {
    format: FORMAT,
    step: String(adam.step),
    cursor: JSON.stringify(cursor),
    history: JSON.stringify(history),
    note,
  };
  return writeSafetensors({ tensors, metadata });
}

/**
 * The state that `writeTrainState` wrote. The caller owns it.
 * @throws RingformerError 'bad-checkpoint' if the bytes are damaged or belong to a model with another structure.
 */
export function readTrainState<P extends Tree>(what: string, spec: SpecOf<P>, bytes: Uint8Array): StoredState<P> {
  const { tensors, metadata } = readSafetensors(bytes);
  const { format, step, cursor = '', history = '', note = '' } = metadata;
  if (format !== FORMAT) {
    throw new RingformerError(
      'bad-checkpoint',
      `[ringformer/core] Expected a checkpoint of format '${FORMAT}', got '${format}'. Training cannot resume from weights only.`,
    );
  }
  const numbers = readNumbers({ step, cursor, history });
  const flat = rawToTensors(tensors);
  try {
    const all = { params: spec, m: spec, v: spec } as unknown as SpecOf<Stored<P>>;
    const { params, m, v } = fitTree<Stored<P>>(what, all, flat);
    return {
      state: { params, adam: { m, v, step: numbers.step }, cursor: numbers.cursor },
      history: numbers.history,
      note,
    };
  } catch (error) {
    for (const tensor of Object.values(flat)) tensor.dispose();
    throw error;
  }
}

/** Where training begins. */
export type TrainStart<P extends Tree> = Pick<StoredState<P>, 'state' | 'history'>;

/** The start of a new training run. Takes over `params`. */
export function beginTraining<P extends Tree>(params: P): TrainStart<P> {
  return { state: { params, adam: initAdam(params), cursor: { epoch: 0, batch: 0 } }, history: { stale: 0 } };
}

/**
 * The start of a training run that resumes from a checkpoint, as if it had never stopped. The caller owns the state.
 * @throws what `readTrainState` throws; what `refuse` returns for the checkpoint's note, if that is not `note`.
 */
export function resumeTraining<P extends Tree>(
  what: string,
  spec: SpecOf<P>,
  bytes: Uint8Array,
  note: string,
  refuse: (stored: string) => Error,
): TrainStart<P> {
  const stored = readTrainState<P>(what, spec, bytes);
  if (stored.note === note) return stored;
  disposeState(stored.state);
  throw refuse(stored.note);
}

type Stored<P extends Tree> = { readonly params: P; readonly m: P; readonly v: P };

function readNumbers(text: { step?: string; cursor: string; history: string }): {
  step: number;
  cursor: Cursor;
  history: History;
} {
  try {
    const cursor = JSON.parse(text.cursor) as Cursor;
    const history = JSON.parse(text.history) as History;
    const counts = [Number(text.step || 'none'), cursor.epoch, cursor.batch, history.stale];
    if (counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
      return { step: counts[0]!, cursor, history };
    }
  } catch {} // not JSON, or null
  throw new RingformerError(
    'bad-checkpoint',
    "[ringformer/core] The checkpoint's step, cursor or history cannot be read. Use an earlier checkpoint: this one is damaged.",
  );
}

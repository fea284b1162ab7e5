import { rawToTensors, treeToRaw } from './checkpoint.ts';
import { RingformerError } from './errors.ts';
import { fitTree } from './init.ts';
import { initAdam } from './optimizer.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import type { SpecOf } from './spec.ts';
import { type Cursor, disposeState, type History, type TrainState } from './trainer.ts';
import { disposeTree, type Tree } from './tree.ts';

const FORMAT = 'ringformer-train/1';

/** Trees like the parameters that a state needs besides its own, and what to know of them. */
export type Also<P extends Tree> = { readonly trees: Readonly<Record<string, P>>; readonly about: string };

/** A stored state. `note` and `also` are the caller's own. */
export type StoredState<P extends Tree> = {
  readonly state: TrainState<P>;
  readonly history: History;
  readonly note: string;
  readonly also?: Also<P>;
};

/** The bytes of a checkpoint: weights, both moments, update count, data cursor and history, exactly. */
export async function writeTrainState<P extends Tree>(stored: StoredState<P>): Promise<Uint8Array> {
  const { state, history, note, also } = stored;
  const { params, adam, cursor } = state;
  const tensors = await treeToRaw({ params, m: adam.m, v: adam.v, ...(also && { also: also.trees }) });
  const metadata = {
    format: FORMAT,
    step: String(adam.step),
    cursor: JSON.stringify(cursor),
    history: JSON.stringify(history),
    note,
    ...(also && { also: JSON.stringify({ names: Object.keys(also.trees), about: also.about }) }),
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
  const { names, about } = readAlso(metadata.also);
  const flat = rawToTensors(tensors);
  try {
    const more = Object.fromEntries(names.map((name) => [name, spec]));
    const parts = { params: spec, m: spec, v: spec, ...(names.length > 0 && { also: more }) };
    const { params, m, v, also } = fitTree<Stored<P>>(what, parts as unknown as SpecOf<Stored<P>>, flat);
    return {
      state: { params, adam: { m, v, step: numbers.step }, cursor: numbers.cursor },
      history: numbers.history,
      note,
      ...(also && { also: { trees: also, about } }),
    };
  } catch (error) {
    for (const tensor of Object.values(flat)) tensor.dispose();
    throw error;
  }
}

/** Where training begins. */
export type TrainStart<P extends Tree> = Pick<StoredState<P>, 'state' | 'history' | 'also'>;

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
  for (const tree of Object.values(stored.also?.trees ?? {})) disposeTree(tree);
  throw refuse(stored.note);
}

type Stored<P extends Tree> = {
  readonly params: P;
  readonly m: P;
  readonly v: P;
  readonly also?: Readonly<Record<string, P>>;
};

function readAlso(text: string | undefined): { names: readonly string[]; about: string } {
  if (text === undefined) return { names: [], about: '' };
  try {
    const { names, about } = JSON.parse(text) as { names: unknown; about: unknown };
    if (Array.isArray(names) && typeof about === 'string') return { names: names.map(String), about };
  } catch {} // not JSON
  throw damaged('further trees');
}

const damaged = (what: string) =>
  new RingformerError(
    'bad-checkpoint',
    `[ringformer/core] The checkpoint's ${what} cannot be read. Use an earlier checkpoint: this one is damaged.`,
  );

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
  throw damaged('step, cursor or history');
}

import { rawToTensors, treeToRaw } from './checkpoint.ts';
import { RingformerError } from './errors.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { fitTree, type SpecOf } from './spec.ts';
import type { Cursor, History, TrainState } from './trainer.ts';
import type { Tree } from './tree.ts';

const FORMAT = 'ringformer-train/1';
const GROUPS = ['params', 'm', 'v'] as const;

/** What a stored state carries besides tensors: `note` is the caller's own. */
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
 * @throws RingformerError 'bad-checkpoint' where the bytes are damaged or belong to a model of another form.
 */
export function readTrainState<P extends Tree>(what: string, spec: SpecOf<P>, bytes: Uint8Array): StoredState<P> {
  const { tensors, metadata } = readSafetensors(bytes);
  const { format, step, cursor = '', history = '', note = '' } = metadata;
  if (format !== FORMAT) {
    throw new RingformerError(
      'bad-checkpoint',
      `[ringformer] The checkpoint has format '${format}', '${FORMAT}' is wanted. Weights alone cannot be resumed.`,
    );
  }
  const flat = rawToTensors(tensors);
  const [params, m, v] = GROUPS.map((group) => {
    const own = Object.entries(flat).filter(([name]) => name.startsWith(`${group}.`));
    return fitTree<P>(
      `${what} (${group})`,
      spec,
      Object.fromEntries(own.map(([name, x]) => [name.slice(group.length + 1), x])),
    );
  }) as [P, P, P];
  return {
    state: { params, adam: { m, v, step: Number(step) }, cursor: JSON.parse(cursor) as Cursor },
    history: JSON.parse(history) as History,
    note,
  };
}

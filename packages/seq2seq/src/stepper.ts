import { disposeTree, logSoftmax, MASKED } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import { decode, type Past } from './decoder.ts';
import type { Memory } from './encoder.ts';
import type { Seq2seq } from './params.ts';

/**
 * What search needs from a model, and all it knows of it. Both functions return tensors that the caller owns, and leave
 * the state that they are given to its owner.
 */
export type Stepper<State> = {
  /** tokens: int32 [rows 1] → log-probabilities [rows v] and the next state. */
  step(tokens: tf.Tensor2D, state: State): { logProbs: tf.Tensor2D; state: State };
  /** Row i of the result is row `rows[i]` of `state`; `sentences`, where given, are the sentences that stay. */
  select(state: State, rows: number[], sentences?: number[]): State;
  dispose(state: State): void;
};

/** A decoder in the middle of sentences: its memory, one row a sentence, and its past, one row a hypothesis. */
export type DecoderState = { readonly memory: Memory; readonly past?: Past };

/** A `Stepper` over the cached decoder; the ids in `banned` get no probability. */
export function decoderStepper(model: Seq2seq, banned: readonly number[] = []): Stepper<DecoderState> {
  const ban = new Float32Array(model.config.targetVocab);
  for (const id of banned) ban[id] = MASKED;
  return {
    step(tokens, { memory, past }) {
      const next = decode(model, memory, tokens, past ? { past } : {});
      const logProbs = tf.tidy(() => {
        const last = logSoftmax(tf.reshape(next.logits, [tokens.shape[0], -1]));
        return (banned.length > 0 ? tf.add(last, ban) : last) as tf.Tensor2D;
      });
      next.logits.dispose();
      return { logProbs, state: { memory: copy(memory), past: next.past } };
    },
    select({ memory, past }, rows, sentences) {
      return tf.tidy(() => ({
        memory: sentences ? pick(memory, sentences) : copy(memory),
        ...(past
          ? {
              past: {
                levels: past.levels.map((level) => pick(level, rows)),
                bias: tf.gather(past.bias, tf.tensor1d(rows, 'int32')),
              },
            }
          : {}),
      }));
    },
    dispose({ memory, past }) {
      disposeTree(memory);
      if (past) tf.dispose([past.bias, past.levels.map((level) => ({ ...level }))]);
    },
  };
}

function pick<T extends { readonly [name: string]: tf.Tensor | undefined }>(tree: T, rows: number[]): T {
  const index = tf.tensor1d(rows, 'int32');
  return Object.fromEntries(Object.entries(tree).map(([name, x]) => [name, x && tf.gather(x, index)])) as T;
}

function copy(memory: Memory): Memory {
  return { key: memory.key.clone(), value: memory.value.clone(), bias: memory.bias.clone() };
}

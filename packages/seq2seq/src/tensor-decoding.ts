import { type Decoding, disposeTree, logSoftmax, MASKED, type OpenOptions } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import { decode, type Past } from './decoder.ts';
import { encode } from './encoder.ts';
import type { Seq2seq } from './params.ts';

/** A `Decoding` by TensorFlow.js operations, on whichever backend holds the model. Sources may differ in length. */
export function tensorDecoding(
  model: Seq2seq,
  sources: readonly (readonly number[])[],
  { banned = [], levels = {} }: Pick<Partial<OpenOptions>, 'banned' | 'levels'> = {},
): Decoding {
  const { padId, targetVocab } = model.config;
  const ban = new Float32Array(targetVocab);
  for (const id of banned) ban[id] = MASKED;
  let memory = tf.tidy(() => encode(model, padded(sources, padId), { levels: levels.encoder }));
  let past: Past | undefined;
  const forget = () => past && tf.dispose([past.bias, past.levels.map((level) => ({ ...level }))]);

  return {
    async step(tokens, count) {
      const rows = tokens.length;
      const input = tf.tensor2d([...tokens], [rows, 1], 'int32');
      const next = decode(model, memory, input, { levels: levels.decoder, ...(past ? { past } : {}) });
      forget();
      past = next.past;
      const best = tf.tidy(() => {
        const all = logSoftmax(tf.reshape(next.logits, [rows, -1]));
        const allowed = banned.length > 0 ? tf.add(all, ban) : all;
        if (count === 1) return [tf.argMax(allowed, -1), tf.max(allowed, -1)] as const;
        const { indices, values } = tf.topk(allowed, Math.min(count, targetVocab));
        return [indices, values] as const;
      });
      tf.dispose([input, next.logits]);
      try {
        const [ids, logProbs] = await Promise.all([best[0].data(), best[1].data()]);
        return { ids: Int32Array.from(ids), logProbs: Float32Array.from(logProbs) };
      } finally {
        tf.dispose([...best]);
      }
    },
    select(rows, sentences) {
      if (sentences) {
        const old = memory;
        memory = tf.tidy(() => pick(old, sentences));
        disposeTree(old);
      }
      if (!past) return;
      const { levels, bias } = past;
      const kept = tf.tidy(() => ({
        levels: levels.map((level) => pick(level, rows)),
        bias: tf.gather(bias, tf.tensor1d([...rows], 'int32')),
      }));
      forget();
      past = kept;
    },
    dispose() {
      disposeTree(memory);
      forget();
      past = undefined;
    },
  };
}

function pick<T extends { readonly [name: string]: tf.Tensor | undefined }>(tree: T, rows: readonly number[]): T {
  const index = tf.tensor1d([...rows], 'int32');
  return Object.fromEntries(Object.entries(tree).map(([name, x]) => [name, x && tf.gather(x, index)])) as T;
}

/** Rows of ids → int32 [b m], padded on the right. */
function padded(rows: readonly (readonly number[])[], padId: number): tf.Tensor2D {
  const length = Math.max(...rows.map((row) => row.length));
  const flat = new Int32Array(rows.length * length).fill(padId);
  rows.forEach((row, i) => flat.set(row, i * length));
  return tf.tensor2d(flat, [rows.length, length], 'int32');
}

import { disposeTree, logSoftmax, MASKED } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Seq2seq } from './architecture.ts';
import { decodeSliced, type Past } from './decoder.ts';
import { encode, type Memory } from './encoder.ts';
import type { Decoding, OpenOptions } from './inference.ts';
import type { AnyParams } from './params.ts';
import { decoderSlices } from './parts.ts';
import { architectureOf } from './ring-former.ts';

/** A `Decoding` with TensorFlow.js operations, on the model's backend. Sources may differ in length. */
export function tensorDecoding(
  model: Seq2seq<AnyParams>,
  sources: readonly (readonly number[])[],
  { banned = [], levels = {}, attention = false }: Pick<Partial<OpenOptions>, 'banned' | 'levels' | 'attention'> = {},
): Decoding {
  const { config, params } = model;
  const { padId, targetVocab } = config;
  const ban = new Float32Array(targetVocab);
  for (const id of banned) ban[id] = MASKED;
  let memory = tf.tidy(() => encode(model, padded(sources, padId), { levels: levels.encoder }));
  let past: Past | undefined;
  let looked: tf.Tensor | undefined; // [b m]
  const last = `decoder.${(levels.decoder ?? config.decoderLevels) - 1}.crossAttn`;
  const tap = (name: string, weights: tf.Tensor) => {
    if (name !== last) return;
    looked?.dispose();
    looked = tf.keep(tf.squeeze(tf.mean(weights, 1), [1]));
  };
  const slices = decoderSlices({ architecture: architectureOf(model), config, params });

  return {
    async step(tokens, count) {
      const rows = tokens.length;
      const input = tf.tensor2d([...tokens], [rows, 1], 'int32');
      const next = decodeSliced(
        model,
        memory,
        input,
        { levels: levels.decoder, past, ...(attention && { tap }) },
        slices,
      );
      free(past);
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
      if (sentences) memory = replace(memory, sentences);
      if (past) past = replace(past, rows);
    },
    async attention() {
      const rows = (await looked?.array()) as number[][] | undefined;
      return (rows ?? []).map((row) => Float32Array.from(row));
    },
    dispose() {
      looked?.dispose();
      free(memory);
      free(past);
      disposeTree(slices);
      past = undefined;
    },
  };
}

function free(read: Memory | Past | undefined): void {
  if (read) tf.dispose([read.bias, read.levels.map((level) => ({ ...level }))]);
}

/** Row i of the result is row `rows[i]` of `read`, which is disposed. */
function replace({ levels, bias }: Memory | Past, rows: readonly number[]): Past {
  const picked = tf.tidy(() => {
    const index = tf.tensor1d([...rows], 'int32');
    const pick = (x: tf.Tensor) => tf.gather(x, index);
    return { levels: levels.map(({ key, value }) => ({ key: pick(key), value: pick(value) })), bias: pick(bias) };
  });
  free({ levels, bias });
  return picked;
}

/** Rows of ids → int32 [b m], padded on the right. */
function padded(rows: readonly (readonly number[])[], padId: number): tf.Tensor2D {
  const length = Math.max(...rows.map((row) => row.length));
  const flat = new Int32Array(rows.length * length).fill(padId);
  rows.forEach((row, i) => flat.set(row, i * length));
  return tf.tensor2d(flat, [rows.length, length], 'int32');
}

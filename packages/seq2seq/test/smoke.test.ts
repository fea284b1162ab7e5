import { readFileSync } from 'node:fs';
import { readSafetensors } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from 'vitest';
import { decode, encode, loadSeq2seq, seq2seqConfig } from '../src/index.ts';

for (const name of ['ring_a', 'ring_b', 'ring_c'])
  test(name, async () => {
    await tf.setBackend('cpu');
    const dir = `/work/shared/fixtures/${name}`;
    const c = JSON.parse(readFileSync(`${dir}/config.json`, 'utf8'));
    const config = seq2seqConfig({
      dim: c.hidden_dim,
      mlpDim: c.ffn_dim,
      heads: c.num_head,
      encoderLevels: c.enc_num_layers,
      decoderLevels: c.dec_num_layers,
      sourceVocab: c.src_vocab,
      targetVocab: c.trg_vocab,
      maxLength: c.max_len,
      bias: !!c.bias,
      positions: c.pos_encoding ? 'sinusoidal' : 'learned',
      padId: 0,
      bosId: 2,
      eosId: 3,
    });
    const model = loadSeq2seq(config, readFileSync(`${dir}/weights.safetensors`));
    const io = readSafetensors(readFileSync(`${dir}/io.safetensors`)).tensors;
    const t = (n: string) => tf.tensor(io[n]!.data, io[n]!.shape as number[], 'int32') as tf.Tensor2D;
    const diffs: Record<string, number> = {};
    const tap = (n: string, x: tf.Tensor) => {
      const key = n
        .replace('encoder.embed', 'enc.embed')
        .replace('decoder.embed', 'dec.embed')
        .replace(/encoder\.(\d)/, 'enc.level.$1')
        .replace(/decoder\.(\d)/, 'dec.level.$1')
        .replace('selfAttn', 'self_attn')
        .replace('crossAttn', 'cross_attn');
      const want = io[key]!.data;
      const got = x.dataSync();
      diffs[key] =
        want.length === got.length
          ? got.reduce((m: number, g: number, i: number) => Math.max(m, Math.abs(g - want[i]!)), 0)
          : Infinity;
    };
    const memory = encode(model, t('src'), { tap });
    const { logits } = decode(model, memory, t('trg'), { tap });
    tap('logits', logits);
    console.log(diffs);
    expect(Math.max(...Object.values(diffs))).toBeLessThan(1e-5);
  });

import { crossEntropy, type Raw, readSafetensors } from '@ringformer/core';
import type { ModelCase } from '@ringformer/core/testing';
import { type AnyParams, classLogits, exportReference, loadVit, type VitConfig, vitConfig } from '@ringformer/vit';
import { baselines } from '@ringformer/vit/baselines';
import * as tf from '@tensorflow/tfjs-core';
import { readFixtureFile } from '../fixture-files.ts';

/** Two fixtures of each architecture; universal_b learns its table. */
export const FIXTURES = ['ring', 'vanilla', 'universal', 'owf'].flatMap((name) =>
  ['a', 'b'].map((which) => `vision_${name}_${which}`),
);

/** A file of a fixture. */
export function fixtureFile(name: string, file: string): Uint8Array {
  return readFixtureFile(`${name}/${file}`);
}

const json = (name: string, file: string) => JSON.parse(new TextDecoder().decode(fixtureFile(name, file)));

/** The authors' settings as ours. */
export function fixtureConfig(name: string): VitConfig {
  const theirs = json(name, 'config.json');
  return vitConfig({
    architecture: theirs.model,
    dim: theirs.hidden,
    heads: theirs.heads,
    mlpDim: theirs.mlp,
    levels: theirs.levels,
    ...(theirs.model === 'ring' ? { rank: theirs.attn_rank, ffnRank: theirs.ffn_rank } : {}),
    imageSize: theirs.img,
    patchSize: theirs.patch,
    classes: theirs.classes,
    ...(theirs.model === 'universal' ? { levelTable: theirs.level_encoding } : {}),
    dropout: theirs.dropout,
  });
}

/** 'levels.2.hidden' → 'level.2.hidden' */
const recordedName = (ours: string) => ours.replace(/^levels/, 'level').replace('afterAttn', 'after_attn');

/** A tiny model with every parameter random, beside what the authors' code made of it. */
export function fixtureCase(name: string): ModelCase<AnyParams> {
  const config = fixtureConfig(name);
  const architecture = baselines[config.architecture];
  const { images, labels, ...forward } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as {
    [name: string]: Raw;
    images: Raw;
    labels: Raw;
  };
  const train = json(name, 'train.json');
  const seenImages = () => tf.tensor4d(images.data as Float32Array, images.shape as [number, number, number, number]);
  return {
    name,
    recorded: {
      forward,
      grads: readSafetensors(fixtureFile(name, 'grads.safetensors')).tensors,
      training: { lr: train.lr, clipNorm: train.clip_norm, losses: [...train.losses, train.final_loss] },
    },
    load: () => loadVit(config, fixtureFile(name, 'weights.safetensors'), architecture).params,
    forward: (params) => {
      const seen: Record<string, tf.Tensor> = {};
      const tap = (name: string, x: tf.Tensor) => {
        if (recordedName(name) in forward) seen[recordedName(name)] = tf.keep(x.clone());
      };
      const logits = classLogits({ config, params, architecture }, seenImages(), { tap });
      return { ...seen, logits };
    },
    loss: (params) => {
      const logits = classLogits({ config, params, architecture }, seenImages());
      return crossEntropy(logits, tf.tensor1d(Int32Array.from(labels.data), 'int32'), { padId: -1 });
    },
    rename: (ours) => exportReference(config, ours, architecture),
  };
}

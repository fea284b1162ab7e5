import { crossEntropy, type Raw } from '@ringformer/core';
import { type AnyParams, classLogits, exportReference, loadVit, type VitConfig, vitConfig } from '@ringformer/vit';
import * as tf from '@tensorflow/tfjs-core';
import { vitArchitectureNamed } from '../architecture.ts';
import type { Case } from './case.ts';
import { type Files, type Json, need } from './files.ts';

/** An image classifier's fixture. @throws FailedError where a file is missing or is not what it should be. */
export async function visionCase(files: Files, architectureName: string): Promise<Case<AnyParams>> {
  const { name, settings, weights, io, grads, train } = files;
  need(files.directory, 'io.safetensors', io, ['images', 'labels', 'logits']);
  const { images, labels, ...recorded } = io as Record<string, Raw> & { images: Raw; labels: Raw };
  const config = configOf(settings, architectureName);
  const architecture = await vitArchitectureNamed(architectureName);
  const logitsOf = (params: AnyParams, tap?: (name: string, x: tf.Tensor) => void) =>
    classLogits(
      { config, params, architecture },
      tf.tensor4d(images.data as Float32Array, images.shape as [number, number, number, number]),
      { tap },
    );
  return {
    name,
    sizes: `${config.levels} levels, dim ${config.dim}`,
    recorded,
    grads,
    train,
    load: () => loadVit<AnyParams>(config, weights, architecture).params,
    forward(params, show) {
      const tap = (name: string, x: tf.Tensor) => {
        if (referenceName(name) in recorded) show(referenceName(name), x);
      };
      show('logits', logitsOf(params, tap));
    },
    loss: (params) => crossEntropy(logitsOf(params), tf.tensor1d(Int32Array.from(labels.data), 'int32'), { padId: -1 }),
    rename: (ours) => exportReference(config, ours, architecture),
    forwardKind,
    gradientKind,
  };
}

/** 'levels.2.hidden' → 'level.2.hidden' */
const referenceName = (tap: string) => tap.replace(/^levels/, 'level').replace('afterAttn', 'after_attn');

/** 'level.0.attn' → 'level 0 attention' */
function forwardKind(name: string): string {
  return name
    .replace(/level\.(\d+)\./, 'level $1 ')
    .replace('after_attn', 'state after attention')
    .replace(/attn$/, 'attention')
    .replace(/^embed$/, 'embedding')
    .replace('hidden', 'hidden state');
}

const GROUPS: readonly (readonly [pattern: RegExp, group: string])[] = [
  [/embeddings\./, 'embedding'],
  [/level_embed/, 'level table'],
  [/norm/, 'norms'],
  [/lev_embed.*_01$/, 'signals up'],
  [/lev_embed.*_02$/, 'signals down'],
  [/attn\./, 'attention'],
  [/ffn\./, 'feed-forward'],
];

function gradientKind(name: string): string {
  return `gradient ${GROUPS.find(([pattern]) => pattern.test(name))?.[1] ?? 'output layer'}`;
}

/** The reference's settings → ours. */
function configOf(settings: Json, architecture: string): VitConfig {
  const number = (key: string) => Number(settings[key]);
  return vitConfig({
    architecture,
    dim: number('hidden'),
    heads: number('heads'),
    mlpDim: number('mlp'),
    levels: number('levels'),
    ...(architecture === 'ring' ? { rank: number('attn_rank'), ffnRank: number('ffn_rank') } : {}),
    ...(architecture === 'universal' && settings.level_encoding === 'learnable' ? { levelTable: 'learnable' } : {}),
    imageSize: number('img'),
    patchSize: number('patch'),
    classes: number('classes'),
    dropout: 0,
  });
}

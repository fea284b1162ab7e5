// Compares image classifiers with what the authors' code computed: `@ringformer/vit/parity`.
import { crossEntropy, type Raw } from '@ringformer/core';
import { type Case, type Json, type Recording, requireKeys } from '@ringformer/core/parity';
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from './architecture.ts';
import { loadVit } from './checkpoint.ts';
import { type VitConfig, vitConfig } from './config.ts';
import { classLogits } from './encode.ts';
import { exportReference } from './names.ts';
import type { AnyParams } from './params.ts';

/**
 * An image classifier and what was recorded from it.
 * @throws RingformerError 'bad-file' if something is missing from a file
 */
export function visionCase(recording: Recording, architecture?: Architecture): Case<AnyParams> {
  const { name, settings, weights, gradients, training } = recording;
  const io = requireKeys('io.safetensors', recording.io, ['images', 'labels', 'logits']);
  const { images, labels, ...intermediates } = io as Record<string, Raw> & { images: Raw; labels: Raw };
  const config = recordedConfig(settings);
  const logitsOf = (params: AnyParams, tap?: (name: string, x: tf.Tensor) => void) =>
    classLogits(
      { config, params, architecture },
      tf.tensor4d(images.data as Float32Array, images.shape as [number, number, number, number]),
      { tap },
    );
  return {
    name,
    sizes: `${config.levels} levels, dim ${config.dim}`,
    recorded: { intermediates, gradients, training },
    load: () => loadVit<AnyParams>(config, weights, architecture).params,
    forward(params, show) {
      const tap = (name: string, x: tf.Tensor) => {
        if (recordedName(name) in intermediates) show(recordedName(name), x);
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
const recordedName = (tap: string) => tap.replace(/^levels/, 'level').replace('afterAttn', 'after_attn');

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
export function recordedConfig(settings: Json): VitConfig {
  const architecture = String(settings.model);
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

// The building blocks of every architecture's spec. Initialisation is the reference's: PyTorch's default for projections,
// Xavier's for the feed-forward network, zeros for the class token.
import type { Attention, FeedForward, Linear, Norm } from '@ringformer/core';
import { type Init, normal, ones, type SpecOf, uniform, zeros } from '@ringformer/core/base';
import type { VitConfig } from './config.ts';
import type { AnyParams } from './params.ts';

export function attentionSpec({ dim }: VitConfig): SpecOf<Attention> {
  const projection = linearSpec(dim, dim, uniform(dim ** -0.5));
  return { query: projection, key: projection, value: projection, out: projection };
}

export function feedForwardSpec({ dim, mlpDim }: VitConfig): SpecOf<FeedForward> {
  const xavier = uniform(Math.sqrt(6 / (dim + mlpDim)));
  return { fc1: linearSpec(mlpDim, dim, xavier, normal(1e-6)), fc2: linearSpec(dim, mlpDim, xavier, normal(1e-6)) };
}

function linearSpec(out: number, inner: number, init: Init, biasInit: Init = init): SpecOf<Required<Linear>> {
  return { weight: { shape: [out, inner], init }, bias: { shape: [out], init: biasInit } };
}

/** One norm [d], or those of `levels` [l d]. */
export function normSpec({ dim }: VitConfig, levels?: number): SpecOf<Norm> {
  const shape = levels === undefined ? [dim] : [levels, dim];
  return { weight: { shape, init: ones }, bias: { shape, init: zeros } };
}

/** The parts before the levels. */
export function embeddingSpec({
  dim,
  channels,
  patchSize,
}: VitConfig): SpecOf<Pick<AnyParams, 'patches' | 'classToken'>> {
  const pixels = channels * patchSize ** 2;
  return {
    patches: linearSpec(dim, pixels, uniform(pixels ** -0.5)),
    classToken: { shape: [dim], init: zeros },
  };
}

/** The parts after them. */
export function outputSpec(config: VitConfig): SpecOf<Pick<AnyParams, 'norm' | 'head'>> {
  const { dim, classes } = config;
  return { norm: normSpec(config), head: linearSpec(classes, dim, uniform(dim ** -0.5)) };
}

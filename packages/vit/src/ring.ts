import { unstackTree } from '@ringformer/core';
import { type Architecture, checkLayout, type Vit } from './architecture.ts';
import type { AnyParams, VitParams } from './params.ts';
import { ringLayout } from './ring-layout.ts';

/** RingFormer for images (Heo et al., 2025): one block passed level after level, each with norms and signals of its own. */
export const ringFormer: Architecture<VitParams> = {
  ...ringLayout,
  embedsPositions: true,
  levels: (_, { shared, levels }) => unstackTree(levels).map((level) => ({ ...shared, ...level })),
};

/** The architecture given, or the ring. @throws RingformerError 'bad-config' where `config` is of another one. */
export function architectureOf<P extends AnyParams>({
  config,
  architecture = ringFormer as Architecture<AnyParams> as Architecture<P>,
}: Pick<Vit<P>, 'config' | 'architecture'>): Architecture<P> {
  checkLayout(config, architecture);
  return architecture;
}

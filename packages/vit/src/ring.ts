import { unstackTree } from '@ringformer/core';
import { checkLayout, type Vit, type VitArchitecture } from './architecture.ts';
import type { AnyVitParams, VitParams } from './params.ts';
import { vitRingLayout } from './ring-layout.ts';

/** RingFormer for images (Heo et al., 2025): one block passed level after level, each with norms and signals of its own. */
export const ringVit: VitArchitecture<VitParams> = {
  ...vitRingLayout,
  embedsPositions: true,
  levels: (_, { shared, levels }) => unstackTree(levels).map((level) => ({ ...shared, ...level })),
};

/** The architecture given, or the ring. @throws RingformerError 'bad-config' where `config` is of another one. */
export function vitArchitecture<P extends AnyVitParams>({
  config,
  architecture = ringVit as VitArchitecture<AnyVitParams> as VitArchitecture<P>,
}: Pick<Vit<P>, 'config' | 'architecture'>): VitArchitecture<P> {
  checkLayout(config, architecture);
  return architecture;
}

import { unstackTree } from '@ringformer/core';
import type { Architecture, Seq2seq } from './architecture.ts';
import { checkLayout } from './layout.ts';
import type { AnyParams, Seq2seqParams } from './params.ts';
import { ringLayout } from './ring-layout.ts';

/** RingFormer (Heo et al., 2025): one block passed level after level, each with norms and signals of its own. */
export const ringFormer: Architecture<Seq2seqParams> = {
  ...ringLayout,
  embedsPositions: true,
  encoder: (_, { shared, levels }) => unstackTree(levels).map((level) => ({ ...shared, ...level })),
  decoder: (_, { shared, levels }) => unstackTree(levels).map((level) => ({ ...shared, ...level })),
  cross: ({ shared }) => [shared.cross],
};

/** The architecture given, or the ring. @throws RingformerError 'bad-config' where `config` is of another one. */
export function architectureOf<P extends AnyParams>({
  config,
  architecture = ringFormer as Architecture<AnyParams> as Architecture<P>,
}: Pick<Seq2seq<P>, 'config' | 'architecture'>): Architecture<P> {
  checkLayout(config, architecture);
  return architecture;
}

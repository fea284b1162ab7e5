import { RingformerError } from '@ringformer/core/base';
import type { Place } from '../weights.ts';

/** What one level passes. */
export type VisionLevel = {
  readonly attn: Place;
  readonly attnNorm: Place;
  readonly ffn: Place;
  readonly ffnNorm: Place;
  readonly signals?: Place;
};

/** Where the levels of an image classifier find their parts: sharing is the same place at several levels. */
type VisionParts = {
  level(i: number): VisionLevel;
  /** A table of its own is added to the stream before each level, and the embedding adds no position. */
  readonly tables?: boolean;
};

const at = (path: string, level?: number): Place => ({ path, level });

const ARCHITECTURES: Readonly<Record<string, VisionParts>> = {
  ring: {
    level: (i) => ({
      attn: at('shared.attn'),
      attnNorm: at('levels.attnNorm', i),
      ffn: at('shared.ffn'),
      ffnNorm: at('levels.ffnNorm', i),
      signals: at('levels.signals', i),
    }),
  },
  vanilla: {
    level: (i) => ({
      attn: at(`levels.${i}.attn`),
      attnNorm: at(`levels.${i}.attnNorm`),
      ffn: at(`levels.${i}.ffn`),
      ffnNorm: at(`levels.${i}.ffnNorm`),
    }),
  },
  universal: {
    level: () => ({
      attn: at('shared.attn'),
      attnNorm: at('shared.attnNorm'),
      ffn: at('shared.ffn'),
      ffnNorm: at('shared.ffnNorm'),
    }),
    tables: true,
  },
  owf: {
    level: (i) => ({
      attn: at(`levels.${i}.attn`),
      attnNorm: at(`levels.${i}.attnNorm`),
      ffn: at('shared.ffn'),
      ffnNorm: at('shared.ffnNorm'),
    }),
  },
};

/** @throws RingformerError 'bad-config' for a name that is not known. */
export function visionParts(architecture: string): VisionParts {
  const parts = Object.hasOwn(ARCHITECTURES, architecture) ? ARCHITECTURES[architecture] : undefined;
  if (parts) return parts;
  throw new RingformerError(
    'bad-config',
    `[ringformer/onnx] '${architecture}' is no architecture that can be exported: ${Object.keys(ARCHITECTURES).join(', ')} are.`,
  );
}

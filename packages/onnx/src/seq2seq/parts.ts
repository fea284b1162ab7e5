import { RingformerError } from '@ringformer/core/base';
import type { Place } from '../weights.ts';

/** What a level may have beside attention. */
type LevelParts = {
  readonly ffn?: Place;
  readonly ffnNorm?: Place;
  readonly signals?: Place;
};
export type EncoderParts = LevelParts & { readonly attn: Place; readonly attnNorm: Place };
export type DecoderParts = LevelParts & {
  readonly self: Place;
  readonly selfNorm: Place;
  readonly cross: Place;
  readonly crossNorm: Place;
};

/** Where the levels of a translation model find their parts: sharing is the same place at several levels. */
type Seq2seqParts = {
  encoder(i: number): EncoderParts;
  decoder(i: number): DecoderParts;
  /** The level table of the Universal Transformer, added before each level instead of positions once. */
  readonly levelTable?: true;
};

const at = (path: string, level?: number): Place => ({ path, level });

const ARCHITECTURES: Readonly<Record<string, Seq2seqParts>> = {
  ring: {
    encoder: (i) => ({
      attn: at('encoder.shared.attn'),
      attnNorm: at('encoder.levels.attnNorm', i),
      ffn: at('encoder.shared.ffn'),
      ffnNorm: at('encoder.levels.ffnNorm', i),
      signals: at('encoder.levels.signals', i),
    }),
    decoder: (i) => ({
      self: at('decoder.shared.self'),
      selfNorm: at('decoder.levels.selfNorm', i),
      cross: at('decoder.shared.cross'),
      crossNorm: at('decoder.levels.crossNorm', i),
      ffn: at('decoder.shared.ffn'),
      ffnNorm: at('decoder.levels.ffnNorm', i),
      signals: at('decoder.levels.signals', i),
    }),
  },
  vanilla: {
    encoder: (i) => {
      const norm = at(`encoder.levels.${i}.norm`);
      return {
        attn: at(`encoder.levels.${i}.attn`),
        attnNorm: norm,
        ffn: at(`encoder.levels.${i}.ffn`),
        ffnNorm: norm,
      };
    },
    decoder: (i) => {
      const norm = at(`decoder.levels.${i}.norm`);
      return {
        self: at(`decoder.levels.${i}.self`),
        selfNorm: norm,
        cross: at(`decoder.levels.${i}.cross`),
        crossNorm: norm,
        ffn: at(`decoder.levels.${i}.ffn`),
        ffnNorm: norm,
      };
    },
  },
  universal: {
    levelTable: true,
    encoder: () => ({
      attn: at('encoder.shared.attn'),
      attnNorm: at('encoder.shared.attnNorm'),
      ffn: at('encoder.shared.ffn'),
      ffnNorm: at('encoder.shared.ffnNorm'),
    }),
    decoder: () => ({
      self: at('decoder.shared.self'),
      selfNorm: at('decoder.shared.selfNorm'),
      cross: at('decoder.shared.cross'),
      crossNorm: at('decoder.shared.crossNorm'),
      ffn: at('decoder.shared.ffn'),
      ffnNorm: at('decoder.shared.ffnNorm'),
    }),
  },
  owf: {
    encoder: (i) => ({
      attn: at(`encoder.levels.${i}.attn`),
      attnNorm: at(`encoder.levels.${i}.norm`),
      ffn: at('encoder.shared.ffn'),
      ffnNorm: at('encoder.shared.ffnNorm'),
    }),
    decoder: (i) => {
      const norm = at(`decoder.levels.${i}.norm`);
      return {
        self: at(`decoder.levels.${i}.self`),
        selfNorm: norm,
        cross: at(`decoder.levels.${i}.cross`),
        crossNorm: norm,
      };
    },
  },
};

/** The architectures that graphs are written of. */
export const architectureNames: readonly string[] = Object.keys(ARCHITECTURES);

/** @throws RingformerError 'bad-config' for a name that is not known. */
export function seq2seqParts(architecture: string): Seq2seqParts {
  const parts = Object.hasOwn(ARCHITECTURES, architecture) ? ARCHITECTURES[architecture] : undefined;
  if (parts) return parts;
  throw new RingformerError(
    'bad-config',
    `[ringformer/onnx] '${architecture}' is no architecture that can be exported: ${architectureNames.join(', ')} are.`,
  );
}

import type { LevelPlan, Levels, Seq2seqConfig } from '@ringformer/seq2seq/engine';
import { countLevels } from '../depth.ts';
import type { FileParts } from '../model-proto.ts';
import type { Weights } from '../weights.ts';
import { decoderGraph } from './decoder.ts';
import { encoderGraph } from './encoder.ts';

/** The two files of a translation model; the README says what each graph takes and returns. */
export type Seq2seqFiles = { readonly encoder: FileParts; readonly decoder: FileParts };

/**
 * Writes a translation model as two ONNX graphs in float32. `weights` by our names, already checked against the model's
 * spec; `plan`: where its levels find them, for example the architecture itself. `levels`: how many of each side are
 * exported; all if absent.
 * @throws RingformerError 'bad-argument' for levels that the model lacks, or if a file would exceed 2 GiB; 'bad-checkpoint'
 * if a weight is missing or not a float.
 */
export function exportSeq2seq(
  given: Seq2seqConfig,
  weights: Weights,
  plan: LevelPlan,
  { levels }: { readonly levels?: Levels } = {},
): Seq2seqFiles {
  return {
    encoder: exportSide('encoder', given, weights, plan, levels),
    decoder: exportSide('decoder', given, weights, plan, levels),
  };
}

/** One of the two files. @throws RingformerError as `exportSeq2seq` does. */
export function exportSide(
  side: keyof Seq2seqFiles,
  given: Seq2seqConfig,
  weights: Weights,
  plan: LevelPlan,
  levels: Levels = {},
): FileParts {
  const config = {
    ...given,
    encoderLevels: countLevels('levels.encoder', levels.encoder, given.encoderLevels),
    decoderLevels: countLevels('levels.decoder', levels.decoder, given.decoderLevels),
  };
  const graph = side === 'encoder' ? encoderGraph : decoderGraph;
  return graph(config, weights, plan).finish({ 'ringformer.config': JSON.stringify(config) });
}

import { RingformerError } from '@ringformer/core/base';
import type { EngineSeq2seq, LevelPlan, OpenOptions, Seq2seqConfig, Seq2seqGraphs } from '@ringformer/seq2seq/engine';
import { exportSide } from '../seq2seq/index.ts';
import type { Weights } from '../weights.ts';
import { choiceGraph } from './choice.ts';
import { checkIds, type GraphModel, graphDecoding } from './decoding.ts';
import { checkSameModel } from './metadata.ts';
import { byDepth, type Depths, openSession, type Place, type Session } from './session.ts';

/** A model from its weights: graphs of fewer levels are made on request. */
export function weightsModel(
  place: Place,
  config: Seq2seqConfig,
  weights: Weights,
  plan: LevelPlan,
): Promise<EngineSeq2seq> {
  const side = (name: 'encoder' | 'decoder') =>
    byDepth(async (levels) => openSession(place, name, exportSide(name, config, weights, plan, { [name]: levels })));
  return opened(place, config, { encoder: side('encoder'), decoder: side('decoder') });
}

/** A model from files that were exported before: their number of levels is fixed. */
export function graphsModel(place: Place, config: Seq2seqConfig, files: Seq2seqGraphs): Promise<EngineSeq2seq> {
  const side = (name: 'encoder' | 'decoder') =>
    byDepth(async (levels) => {
      const all = config[`${name}Levels`];
      if (levels !== all) throw new RingformerError('bad-argument', fixedDepth(name, levels, all));
      checkSameModel(`${name}.onnx`, files[name], config);
      return expecting(name, await openSession(place, name, files[name]));
    });
  return opened(place, config, { encoder: side('encoder'), decoder: side('decoder') });
}

export const fixedDepth = (graph: string, levels: number, all: number): string =>
  `[ringformer/onnx] ${graph}.onnx passes ${all} levels; got levels ${levels}. Export another with ringformer export --format onnx --levels ${levels}, or load the model's own files.`;

const OUTPUT = { encoder: 'memory.bias', decoder: 'logits' };

function expecting(name: 'encoder' | 'decoder', session: Session): Session {
  if (session.outputs.includes(OUTPUT[name])) return session;
  session.end();
  throw new RingformerError(
    'bad-file',
    `[ringformer/onnx] Expected ${name}.onnx to output ${OUTPUT[name]}, got ${session.outputs.join(', ')}. Is it another graph?`,
  );
}

/** Opens both graphs in full depth, so that problems show up now. */
async function opened(
  place: Place,
  config: Seq2seqConfig,
  sides: { readonly encoder: Depths; readonly decoder: Depths },
): Promise<EngineSeq2seq> {
  const { encoder, decoder } = sides;
  const processor = { runtime: place.runtime, threads: place.threads };
  const choice = byDepth(() => openSession(processor, 'choice', choiceGraph(config.targetVocab)));
  const model: GraphModel = { place, config, ...sides, choice: () => choice.at(0) };
  const end = () => {
    for (const each of [encoder, decoder, choice]) each.end();
  };
  try {
    await encoder.at(config.encoderLevels);
    await decoder.at(config.decoderLevels);
  } catch (error) {
    end();
    throw error;
  }
  let ended = false;
  return {
    open(sources, options) {
      if (ended) throw new RingformerError('bad-argument', '[ringformer/onnx] This model was disposed. Load it again.');
      checkOpen(config, sources, options);
      return graphDecoding(model, sources, options);
    },
    dispose() {
      ended = true;
      end();
    },
  };
}

function checkOpen(config: Seq2seqConfig, sources: readonly (readonly number[])[], options: OpenOptions): void {
  const problem = (text: string) => new RingformerError('bad-shape', `[ringformer/onnx] ${text}`);
  if (sources.length === 0) throw problem('Expected at least one source, got none.');
  sources.forEach((ids, i) => {
    if (ids.length === 0 || ids.length > config.maxLength) {
      throw problem(`Source ${i} has ${ids.length} tokens; expected 1 to ${config.maxLength}. Split longer text.`);
    }
    checkIds(ids, config.sourceVocab);
  });
  checkIds(options.banned ?? [], config.targetVocab);
}

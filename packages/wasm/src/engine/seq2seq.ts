import {
  at,
  type EngineOptions,
  type Place,
  type Raw,
  RingformerError,
  sinusoidalPositions,
} from '@ringformer/core/base';
import type { DecoderPlaces, EncoderPlaces, LevelPlan, OpenOptions, Seq2seqConfig } from '@ringformer/seq2seq/engine';
import { makeArena } from './arena.ts';
import { decoding } from './decoding.ts';
import { encodeSources } from './encode.ts';
import { checkIds, type Model } from './model.ts';
import type { Programs } from './programs.ts';
import { putScreen } from './screen.ts';
import {
  choosePrecision,
  type Packing,
  padSizes,
  putAttention,
  putAttentionOut,
  putFeedForward,
  putLinear,
  putNorm,
  putRows,
  putSignals,
  putStack,
  type Sizes,
  signalRanks,
  weightOf,
} from './stack.ts';
import { bytesOf } from './structs.ts';
import { makeTeam } from './team.ts';
import type { WasmDecoding, WasmSeq2seq } from './types.ts';
import { makeWorkspace } from './workspace.ts';

/** Smaller vocabularies are computed completely at every step. */
const MANY = 1024;

export type Seq2seqModel = {
  readonly config: Seq2seqConfig;
  readonly weights: Readonly<Record<string, Raw>>;
  readonly plan: LevelPlan;
};

/**
 * Writes a model into its own memory and starts its threads.
 * @throws RingformerError 'no-backend' if the model is not a ring.
 */
export async function wasmSeq2seq(
  programs: Programs,
  { config, weights, plan }: Seq2seqModel,
  { precision: wanted, threads }: EngineOptions = {},
): Promise<WasmSeq2seq> {
  const { architecture = 'ring' } = config;
  if (architecture !== 'ring') {
    throw new RingformerError(
      'no-backend',
      `[ringformer/wasm] The wasm engine runs only the architecture 'ring', not '${architecture}'. Use engine 'tfjs' of @ringformer/seq2seq.`,
    );
  }
  const precision = choosePrecision(weights, wanted);
  const bytes = { f32: 4, bf16: 2, int8: 1 }[precision];
  const numbers = Object.values(weights).reduce((total, { data }) => total + data.length, 0);
  const arena = makeArena(1.1 * bytes * numbers + (1 << 22));
  const team = await makeTeam(programs, precision, arena, threads);
  const ranks = { rank: config.rank, ffnRank: config.rank };
  const sizes = { ...config, ...signalRanks({ weights }, plan.encoder(config)[0]?.signals, ranks) };
  const model: Model = {
    config,
    sizes,
    arena,
    team,
    workspace: makeWorkspace(arena, padSizes(sizes), config.maxLength, team.most),
    job: arena.alloc(bytesOf('Job')),
    ...putModel(
      { arena, weights, precision, native: team.native },
      config,
      plan,
      sizes,
      precision === 'f32' && (programs.native !== undefined || programs.floats === programs.integers),
    ),
  };
  let ended = false;
  return {
    precision,
    attends: true,
    get threads() {
      return ended ? 0 : team.size();
    },
    get bytes() {
      return ended ? 0 : arena.used();
    },
    open(sources, options) {
      if (ended) throw new RingformerError('bad-argument', '[ringformer/wasm] This model was disposed. Load it again.');
      checkOptions(config, sources, options);
      return open(model, sources, options);
    },
    dispose() {
      if (!ended) team.end();
      ended = true;
    },
  };
}

function open(model: Model, sources: readonly (readonly number[])[], options: OpenOptions): WasmDecoding {
  const memory = encodeSources(model, sources, options.levels?.encoder ?? model.config.encoderLevels);
  return decoding(model, memory, options);
}

/** Everything that encoder and decoder need, in the arena. */
function putModel(packing: Packing, config: Seq2seqConfig, plan: LevelPlan, sizes: Sizes, screened: boolean) {
  const { dim, maxLength, tie, normEpsilon: epsilon } = config;
  const positionsOf = (side: string) =>
    putRows(
      packing,
      config.positions === 'learned'
        ? (weightOf(packing, at(`${side}.positions`)).data as Float32Array)
        : sinusoidalPositions(maxLength, dim),
      dim,
    );
  const table = (name: string, rows: number, bias?: { values: Float32Array; padding: number }) =>
    putLinear(packing, [weightOf(packing, at(name))], { out: rows, inner: dim, bias });

  const headBias = { values: weightOf(packing, at('head.bias')).data as Float32Array, padding: -1e30 };
  const headName = tie === 'none' ? 'head.weight' : 'decoder.tokens';
  const head = table(headName, config.targetVocab, headBias);
  const targets = tie === 'none' ? table('decoder.tokens', config.targetVocab) : head;
  const sources = tie === 'all' ? head : table('encoder.tokens', config.sourceVocab);
  const decoderPositions = positionsOf('decoder');

  const norm = (place: Place) => putNorm(packing, place, dim);
  const levels = { encoder: plan.encoder(config), decoder: plan.decoder(config) };
  // the ring's blocks are the same at all levels
  const [first] = levels.encoder as [EncoderPlaces & { ffn: Place }];
  const encoderStack = putStack(packing, sizes, {
    levels: levels.encoder.map(({ attnNorm, ffnNorm, signals }) => ({
      selfNorm: norm(attnNorm),
      crossNorm: 0,
      ffnNorm: norm(ffnNorm as Place),
      ...putSignals(packing, signals, sizes),
    })),
    qkv: putAttention(packing, first.attn, sizes, ['query', 'key', 'value']),
    out: putAttentionOut(packing, first.attn, sizes),
    crossQuery: 0,
    crossOut: 0,
    ffn: putFeedForward(packing, first.ffn, sizes),
    epsilon,
    preNorm: false,
  });
  const [block] = levels.decoder as [DecoderPlaces & { ffn: Place }];
  const decoderStack = putStack(packing, sizes, {
    levels: levels.decoder.map(({ selfNorm, crossNorm, ffnNorm, signals }) => ({
      selfNorm: norm(selfNorm),
      crossNorm: norm(crossNorm),
      ffnNorm: norm(ffnNorm as Place),
      ...putSignals(packing, signals, sizes),
    })),
    qkv: putAttention(packing, block.self, sizes, ['query', 'key', 'value']),
    out: putAttentionOut(packing, block.self, sizes),
    crossQuery: putAttention(packing, block.cross, sizes, ['query']),
    crossOut: putAttentionOut(packing, block.cross, sizes),
    ffn: putFeedForward(packing, block.ffn, sizes),
    epsilon,
    preNorm: false,
  });
  return {
    encoder: {
      stack: encoderStack,
      table: sources,
      positions: config.positions === 'learned' ? positionsOf('encoder') : decoderPositions,
    },
    decoder: { stack: decoderStack, table: targets, positions: decoderPositions },
    crossKeyValue: putAttention(packing, block.cross, sizes, ['key', 'value']),
    head,
    ...(screened && config.targetVocab >= MANY
      ? {
          screen: putScreen(packing, weightOf(packing, at(headName)), {
            out: config.targetVocab,
            inner: dim,
            bias: headBias,
          }),
        }
      : {}),
  };
}

function checkOptions(config: Seq2seqConfig, sources: readonly (readonly number[])[], options: OpenOptions): void {
  const problem = (text: string) => new RingformerError('bad-shape', `[ringformer/wasm] ${text}`);
  if (sources.length === 0 || sources.length > options.rows) {
    throw problem(`Expected 1 to ${options.rows} sources (one row or more for each), got ${sources.length}.`);
  }
  sources.forEach((ids, i) => {
    if (ids.length === 0 || ids.length > config.maxLength) {
      throw problem(`Source ${i} has ${ids.length} tokens; expected 1 to ${config.maxLength}. Split longer text.`);
    }
    checkIds(ids, config.sourceVocab);
  });
  for (const side of ['encoder', 'decoder'] as const) {
    const levels = options.levels?.[side];
    const most = config[`${side}Levels`];
    if (levels === undefined || (Number.isSafeInteger(levels) && levels >= 1 && levels <= most)) continue;
    throw new RingformerError(
      'bad-argument',
      `[ringformer/wasm] ${side} levels is ${levels}; expected a whole number from 1 to ${most}.`,
    );
  }
}

import { at, type EngineOptions, type Raw, RingformerError, sinusoidalPositions } from '@ringformer/core/base';
import type { LevelPlaces, LevelPlan, VitConfig } from '@ringformer/vit/engine';
import { makeArena } from './arena.ts';
import { padded } from './matrix.ts';
import type { Programs } from './programs.ts';
import {
  biasOf,
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
import { bytesOf, CONSTANTS } from './structs.ts';
import { makeTeam } from './team.ts';
import type { WasmVision } from './types.ts';
import { makeWorkspace } from './workspace.ts';
import { writeStruct } from './write-struct.ts';

/** Images that are processed together; their rows stay in the cache. */
const TOGETHER = 8;

export type VisionModel = {
  readonly config: VitConfig;
  readonly weights: Readonly<Record<string, Raw>>;
  readonly plan: LevelPlan;
};

/** Writes an image classifier into its own memory and starts its threads. */
export async function wasmVision(
  programs: Programs,
  { config, weights, plan }: VisionModel,
  { precision: wanted, threads }: EngineOptions = {},
): Promise<WasmVision> {
  const precision = choosePrecision(weights, wanted);
  const numbers = Object.values(weights).reduce((total, { data }) => total + data.length, 0);
  const arena = makeArena(1.1 * { f32: 4, bf16: 2, int8: 1 }[precision] * numbers + (1 << 22));
  const team = await makeTeam(programs, precision, arena, threads);
  const side = Math.floor(config.imageSize / config.patchSize);
  const tokens = side * side + 1;
  const job = arena.alloc(bytesOf('Job'));
  const sizes = { ...config, ...signalRanks({ weights }, plan.levels(config)[0]?.signals, config) };
  const model = putVision({ arena, weights, precision, native: team.native }, config, plan, sizes, tokens);
  const pixels = config.channels * config.imageSize ** 2;
  const width = padded(config.channels * config.patchSize ** 2);
  const classes = padded(config.classes);
  const workspace = makeWorkspace(arena, padSizes(sizes), tokens, team.most, width);
  let ended = false;

  const pass = (images: Float32Array, count: number, levels: number): Float32Array => {
    const rows = count * tokens;
    const input = arena.alloc(4 * rows * width);
    const lists = arena.alloc(4 * 4 * rows);
    const logits = arena.alloc(4 * count * classes);
    try {
      cutPatches(arena.floats(input, rows * width), images, count, width, config);
      const words = arena.words(lists, 4 * rows);
      for (let row = 0; row < rows; row++) {
        const image = Math.floor(row / tokens);
        words[row] = image;
        words[rows + row] = row % tokens;
        words.set([image * tokens, tokens], 2 * rows + 2 * row);
      }
      writeStruct(arena, job, 'Job', {
        kind: CONSTANTS.SEE,
        workspace: workspace.fit(rows),
        rows,
        levels,
        byRows: 1,
        ids: lists,
        position: lists + 4 * rows,
        spans: lists + 8 * rows,
        logits,
        input,
        lastEpsilon: config.lastEpsilon,
        ...model,
      });
      team.run(job, { kind: CONSTANTS.SEE, rows, worthSharing: rows * config.dim ** 2 >= 16384 });
      const found = arena.floats(logits, count * classes);
      return Float32Array.from({ length: count * config.classes }, (_, i) => {
        return found[Math.floor(i / config.classes) * classes + (i % config.classes)] as number;
      });
    } finally {
      for (const pointer of [input, lists, logits]) arena.free(pointer);
    }
  };

  return {
    precision,
    get threads() {
      return ended ? 0 : team.size();
    },
    classify(images, levels = config.levels) {
      if (ended) throw new RingformerError('bad-argument', '[ringformer/wasm] This model was disposed. Load it again.');
      const { channels, imageSize } = config;
      if (images.length === 0 || images.length % pixels !== 0) {
        throw new RingformerError(
          'bad-shape',
          `[ringformer/wasm] images: expected a multiple of ${channels}·${imageSize}·${imageSize} numbers, got ${images.length}.`,
        );
      }
      if (!(Number.isSafeInteger(levels) && levels >= 1 && levels <= config.levels)) {
        throw new RingformerError(
          'bad-argument',
          `[ringformer/wasm] levels is ${levels}; expected a whole number from 1 to ${config.levels}.`,
        );
      }
      const count = images.length / pixels;
      const logits = new Float32Array(count * config.classes);
      for (let at = 0; at < count; at += TOGETHER) {
        const some = Math.min(TOGETHER, count - at);
        logits.set(pass(images.subarray(at * pixels, (at + some) * pixels), some, levels), at * config.classes);
      }
      return logits;
    },
    dispose() {
      if (!ended) team.end();
      ended = true;
    },
  };
}

function putVision(packing: Packing, config: VitConfig, plan: LevelPlan, sizes: Sizes, tokens: number) {
  const { dim, channels, patchSize, classes } = config;
  const patchBias = weightOf(packing, at('patches.bias')).data as Float32Array;
  const positions = sinusoidalPositions(tokens, dim);
  // the class token's row of patches is all zeros, so its projection is the bias
  const classToken = weightOf(packing, at('classToken')).data;
  for (let i = 0; i < dim; i++)
    positions[i] = (positions[i] as number) + (classToken[i] as number) - (patchBias[i] as number);
  const levels = plan.levels(config);
  const { attn, ffn } = levels[0] as LevelPlaces; // the ring's are the same at all levels
  const stack = putStack(packing, sizes, {
    levels: levels.map(({ attnNorm, ffnNorm, signals }) => ({
      selfNorm: putNorm(packing, attnNorm, dim),
      crossNorm: 0,
      ffnNorm: putNorm(packing, ffnNorm, dim),
      ...putSignals(packing, signals, sizes),
    })),
    qkv: putAttention(packing, attn, config, ['query', 'key', 'value']),
    out: putAttentionOut(packing, attn, config),
    crossQuery: 0,
    crossOut: 0,
    ffn: putFeedForward(packing, ffn, config),
    epsilon: config.normEpsilon,
    preNorm: true,
  });
  return {
    stack,
    table: putLinear(packing, [weightOf(packing, at('patches.weight'))], {
      out: dim,
      inner: channels * patchSize ** 2,
      bias: { values: patchBias },
    }),
    positions: putRows(packing, positions, dim),
    head: putLinear(packing, [weightOf(packing, at('head.weight'))], {
      out: classes,
      inner: dim,
      bias: biasOf(packing, at('head')),
    }),
    lastNorm: putNorm(packing, at('norm'), dim),
  };
}

/** Images [b c h w] → rows of patches in reading order, [c p p] each, after a row of zeros for the class token. */
function cutPatches(
  rows: Float32Array,
  images: Float32Array,
  count: number,
  width: number,
  { channels, imageSize, patchSize }: VitConfig,
): void {
  rows.fill(0);
  const side = Math.floor(imageSize / patchSize);
  let row = 0;
  for (let image = 0; image < count; image++) {
    row++;
    for (let patch = 0; patch < side * side; patch++, row++) {
      const [top, left] = [Math.floor(patch / side) * patchSize, (patch % side) * patchSize];
      for (let line = 0; line < channels * patchSize; line++) {
        const channel = Math.floor(line / patchSize);
        const from = ((image * channels + channel) * imageSize + top + (line % patchSize)) * imageSize + left;
        rows.set(images.subarray(from, from + patchSize), row * width + line * patchSize);
      }
    }
  }
}

import { sinusoidalPositions, within } from '@ringformer/core/base';
import type { LevelPlaces, LevelPlan, VitConfig } from '@ringformer/vit/engine';
import { countLevels } from '../depth.ts';
import { type GraphBuilder, graphBuilder, type Value } from '../graph.ts';
import { attend, feedForward, layerNorm, linear, plusSignal, project, sizeAlong } from '../layers.ts';
import { levelRow, positionTable } from '../level-table.ts';
import type { FileParts } from '../model-proto.ts';
import type { Weights } from '../weights.ts';

/**
 * Writes an image classifier as an ONNX graph in float32: images [b c h w] → logits [b classes]. `weights` by our names,
 * already checked against the model's spec; `plan`: where its levels find them, for example the architecture itself.
 * `levels`: how many are exported; all if absent.
 * @throws RingformerError 'bad-argument' for levels that the model lacks, or if the file would exceed 2 GiB;
 * 'bad-checkpoint' if a weight is missing or not a float.
 */
export function exportVision(
  given: VitConfig,
  weights: Weights,
  plan: LevelPlan,
  { levels }: { readonly levels?: number } = {},
): FileParts {
  const config = { ...given, levels: countLevels('levels', levels, given.levels) };
  return classifierGraph(config, weights, plan).finish({ 'ringformer.config': JSON.stringify(config) });
}

function classifierGraph(config: VitConfig, weights: Weights, plan: LevelPlan): GraphBuilder {
  const { imageSize, channels, classes, lastEpsilon } = config;
  const tables = plan.positions === 'levels';
  const g = graphBuilder('classifier', weights);
  const images = g.input('images', 'float', ['b', channels, imageSize, imageSize]);
  let x = embed(g, config, images, !tables);
  for (const [i, level] of plan.levels(config).entries()) {
    if (tables) x = g.op('Add', [x, levelTable(g, config, i)]);
    x = block(g, config, level, x, i === config.levels - 1);
  }
  const first = g.op('Squeeze', [x, g.ints([1])]);
  const logits = linear(g, { path: 'head' }, layerNorm(g, { path: 'norm' }, first, lastEpsilon));
  g.output('logits', logits, 'float', ['b', classes]);
  return g;
}

const tokenCount = ({ imageSize, patchSize }: VitConfig) => Math.floor(imageSize / patchSize) ** 2 + 1;

/** What the Universal Transformer adds before a level, learned or by its formula: [n d] */
function levelTable(g: GraphBuilder, config: VitConfig, level: number): Value {
  const { dim } = config;
  const tokens = tokenCount(config);
  if (!g.has({ path: 'table' })) return g.op('Add', [positionTable(g, tokens, dim), levelRow(g, level, dim)]);
  const bounds = [level * tokens, (level + 1) * tokens].map((row) => g.ints([row])) as [Value, Value];
  return g.op('Slice', [g.weight({ path: 'table' }), ...bounds, g.ints([0])]);
}

/**
 * Patches in reading order after the class token, with their positions if those are added here. images: [b c h w] → [b n d]
 */
function embed(g: GraphBuilder, config: VitConfig, images: Value, positioned: boolean): Value {
  const { dim, channels, patchSize } = config;
  const kernel = g.reshaped({ path: 'patches.weight' }, [dim, channels, patchSize, patchSize]);
  const square = [patchSize, patchSize];
  const grid = g.op('Conv', [images, kernel, g.weight({ path: 'patches.bias' })], {
    kernel_shape: square,
    strides: square,
  });
  const patches = g.op('Transpose', [g.op('Reshape', [grid, g.ints([0, 0, -1])])], { perm: [0, 2, 1] });
  const rows = g.op('Unsqueeze', [sizeAlong(g, images, 0), g.ints([0])]);
  const shape = g.op('Concat', [rows, g.ints([1, dim])], { axis: 0 });
  const token = g.op('Expand', [g.weight({ path: 'classToken' }), shape]);
  const embedded = g.op('Concat', [token, patches], { axis: 1 });
  if (!positioned) return embedded;
  const tokens = tokenCount(config);
  const positions = g.table('sinusoid', () => ({ shape: [tokens, dim], data: sinusoidalPositions(tokens, dim) }));
  return g.op('Add', [embedded, positions]);
}

/**
 * A pre-norm block. Attention signals are read before the norm; the network's signal goes through it. [b n d] → [b n d], and
 * [b 1 d] for the `last` level, because its patches are not used.
 */
function block(
  g: GraphBuilder,
  { dim, heads, normEpsilon }: VitConfig,
  level: LevelPlaces,
  x: Value,
  last: boolean,
): Value {
  const { attn, attnNorm, ffn, ffnNorm, signals } = level;
  const wanted = (y: Value) => (last ? g.op('Slice', [y, g.ints([0]), g.ints([1]), g.ints([1])]) : y);
  const from = { x: layerNorm(g, attnNorm, x, normEpsilon), stream: x, heads };
  const parts = {
    query: project(g, level, 'query', { ...from, x: wanted(from.x), stream: wanted(x) }),
    key: project(g, level, 'key', from),
    value: project(g, level, 'value', from),
  };
  const attended = g.op('Add', [wanted(x), attend(g, attn, parts, { dim, heads })]);
  const read = plusSignal(g, attended, signals && within(signals, 'ffn'), attended);
  return g.op('Add', [attended, feedForward(g, ffn, layerNorm(g, ffnNorm, read, normEpsilon))]);
}

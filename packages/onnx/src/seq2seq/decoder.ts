import { MASKED } from '@ringformer/core/base';
import type { LevelPlan, Seq2seqConfig } from '@ringformer/seq2seq/engine';
import { type GraphBuilder, graphBuilder, type Value } from '../graph.ts';
import { attend, linear, project, range, sizeAlong } from '../layers.ts';
import type { Weights } from '../weights.ts';
import {
  addAndNorm,
  crossAttentions,
  embed,
  feedForwardSublayer,
  overKeys,
  paddingBias,
  positionsAt,
} from './block.ts';

/**
 * ids [b n], the encoder's outputs, past.bias [b t] and each level's past.i.key and past.i.value [b h t e] → logits
 * [b n v], and present.bias, present.i.key and present.i.value for t + n tokens. t may be 0.
 */
export function decoderGraph(config: Seq2seqConfig, weights: Weights, plan: LevelPlan): GraphBuilder {
  const { dim, heads } = config;
  const g = graphBuilder('decoder', weights);
  const cached = (name: string, length: string) => g.input(name, 'float', ['b', heads, length, dim / heads]);

  const ids = g.input('ids', 'int64', ['b', 'n']);
  const memory = { dim, heads, bias: overKeys(g, g.input('memory.bias', 'float', ['b', 'm'])) };
  const crosses = crossAttentions(config, plan).map(({ path }, i) => ({
    path,
    key: cached(`memory.${i}.key`, 'm'),
    value: cached(`memory.${i}.value`, 'm'),
  }));
  const past = g.input('past.bias', 'float', ['b', 't']);

  const start = sizeAlong(g, past, 1);
  const end = g.op('Add', [start, sizeAlong(g, ids, 1)]);
  const padding = g.op('Concat', [past, paddingBias(g, ids, config.padId)], { axis: 1 });
  g.output('present.bias', padding, 'float', ['b', 't+n']);
  const look = { dim, heads, bias: g.op('Add', [overKeys(g, padding), causalBias(g, start, end)]) };
  const positions = positionsAt(g, config, plan, 'decoder', range(g, start, end));

  let x = positions.embedding(embed(g, config, 'decoder', ids));
  for (const [i, level] of plan.decoder(config).entries()) {
    x = positions.level(x, i);
    const from = { x, stream: x, heads };
    const self = { attn: level.self, signals: level.signals };
    const extend = (name: 'key' | 'value') => {
      const now = project(g, self, name, from);
      const present = g.op('Concat', [cached(`past.${i}.${name}`, 't'), now], { axis: 2 });
      g.output(`present.${i}.${name}`, present, 'float', ['b', heads, 't+n', dim / heads]);
      return present;
    };
    const own = { query: project(g, self, 'query', from), key: extend('key'), value: extend('value') };
    x = addAndNorm(g, level.selfNorm, x, attend(g, level.self, own, look), config);

    const { key, value } = crosses.find(({ path }) => path === level.cross.path) as (typeof crosses)[number];
    const query = project(g, { attn: level.cross }, 'query', { x, stream: x, heads });
    x = addAndNorm(g, level.crossNorm, x, attend(g, level.cross, { query, key, value }, memory), config);
    x = feedForwardSublayer(g, level, x, config);
  }
  g.output('logits', logits(g, config, x), 'float', ['b', 'n', config.targetVocab]);
  return g;
}

/** → [n t+n]: 0 if query i may see key j; for keys ahead, a mask stronger than the one for padding. */
function causalBias(g: GraphBuilder, start: Value, end: Value): Value {
  const queries = g.op('Unsqueeze', [range(g, start, end), g.ints([1])]);
  const ahead = g.op('Greater', [range(g, g.int(0), end), queries]);
  return g.op('Where', [ahead, g.float(2 * MASKED), g.float(0)]);
}

/**
 * The output layer. A table that it shares with the embedding is stored once and transposed by the runtime. [b n d] → [b n
 * v]
 */
function logits(g: GraphBuilder, { tie }: Seq2seqConfig, x: Value): Value {
  if (tie === 'none') return linear(g, { path: 'head' }, x);
  const turned = g.op('Transpose', [g.weight({ path: 'decoder.tokens' })], { perm: [1, 0] });
  return g.op('Add', [g.op('MatMul', [x, turned]), g.weight({ path: 'head.bias' })]);
}

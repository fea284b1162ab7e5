import { within } from '@ringformer/core/base';
import type { LevelPlan, Seq2seqConfig } from '@ringformer/seq2seq/engine';
import { type GraphBuilder, graphBuilder } from '../graph.ts';
import { attend, linear, project, range, sizeAlong, splitHeads } from '../layers.ts';
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

/** ids [b m] → memory.bias [b m], and memory.i.key and memory.i.value [b h m e] of each cross-attention */
export function encoderGraph(config: Seq2seqConfig, weights: Weights, plan: LevelPlan): GraphBuilder {
  const { dim, heads } = config;
  const g = graphBuilder('encoder', weights);
  const ids = g.input('ids', 'int64', ['b', 'm']);
  const padding = paddingBias(g, ids, config.padId);
  const look = { dim, heads, bias: overKeys(g, padding) };
  const positions = positionsAt(g, config, plan, 'encoder', range(g, g.int(0), sizeAlong(g, ids, 1)));

  let x = positions.embedding(embed(g, config, config.tie === 'all' ? 'decoder' : 'encoder', ids));
  for (const [i, level] of plan.encoder(config).entries()) {
    x = positions.level(x, i);
    const from = { x, stream: x, heads };
    const attended = attend(
      g,
      level.attn,
      {
        query: project(g, level, 'query', from),
        key: project(g, level, 'key', from),
        value: project(g, level, 'value', from),
      },
      look,
    );
    x = addAndNorm(g, level.attnNorm, x, attended, config);
    x = feedForwardSublayer(g, level, x, config);
  }

  for (const [i, cross] of crossAttentions(config, plan).entries()) {
    for (const name of ['key', 'value']) {
      const value = splitHeads(g, linear(g, within(cross, name), x), heads);
      g.output(`memory.${i}.${name}`, value, 'float', ['b', heads, 'm', dim / heads]);
    }
  }
  g.output('memory.bias', padding, 'float', ['b', 'm']);
  return g;
}

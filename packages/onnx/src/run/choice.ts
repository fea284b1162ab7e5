// The likeliest tokens of each row, as a separate graph: exported decoders end in logits.
import { MASKED } from '@ringformer/core/base';
import type { Top } from '@ringformer/seq2seq/engine';
import { graphBuilder } from '../graph.ts';
import type { FileParts } from '../model-proto.ts';
import type { OnnxRuntime, OnnxTensor } from './runtime.ts';
import type { Session } from './session.ts';
import { floatsOf, floatTensor } from './tensors.ts';

/** logits [b n v], ban [v] which is added, count [1] → logProbs and ids [b n count]; if equal, the lower id first */
export function choiceGraph(vocabulary: number): FileParts {
  const g = graphBuilder('choice', {});
  const logits = g.input('logits', 'float', ['b', 'n', vocabulary]);
  const ban = g.input('ban', 'float', [vocabulary]);
  const count = g.input('count', 'int64', [1]);
  const allowed = g.op('Add', [g.op('LogSoftmax', [logits], { axis: -1 }), ban]);
  const [logProbs, ids] = g.op2('TopK', [allowed, count], { axis: -1, largest: 1, sorted: 1 });
  g.output('logProbs', logProbs, 'float', ['b', 'n', 'count']);
  g.output('ids', ids, 'int64', ['b', 'n', 'count']);
  return g.finish({});
}

/** What is added to the log-probabilities of a vocabulary, so that banned ids are never chosen: [v] */
export function banOf(runtime: OnnxRuntime, vocabulary: number, banned: readonly number[]): OnnxTensor {
  const ban = new Float32Array(vocabulary);
  for (const id of banned) ban[id] = MASKED;
  return floatTensor(runtime, ban, [vocabulary]);
}

/** The `count` likeliest of each row, with their log-probabilities. */
export async function choose(
  { Tensor }: OnnxRuntime,
  session: Session,
  logits: OnnxTensor,
  ban: OnnxTensor,
  count: number,
): Promise<Top> {
  const most = BigInt(Math.min(count, ban.dims[0]!));
  const found = await session.run({ logits, ban, count: new Tensor('int64', BigInt64Array.of(most), [1]) });
  const { ids, logProbs } = found as Record<'ids' | 'logProbs', OnnxTensor>;
  return { ids: Int32Array.from(ids.data as BigInt64Array, Number), logProbs: floatsOf(logProbs) };
}

/** The likeliest of each row, for when no score is needed: logits [b 1 v]. */
export function likeliest(logits: OnnxTensor, ban: OnnxTensor): Top {
  const values = floatsOf(logits);
  const bans = floatsOf(ban);
  const rows = values.length / bans.length;
  const ids = Int32Array.from({ length: rows }, (_, row) => {
    const at = row * bans.length;
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < bans.length; id++) {
      const value = values[at + id]!;
      if (value > most && bans[id] === 0) {
        most = value;
        best = id;
      }
    }
    return Math.max(0, best);
  });
  return { ids, logProbs: new Float32Array(rows).fill(Number.NaN) };
}

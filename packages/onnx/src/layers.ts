// The building blocks of Transformers, as graphs. Shapes as in the packages that compute: b rows, n queries, m keys, d wide,
// h heads of e.

import { type Place, within } from '@ringformer/core/base';
import type { GraphBuilder, Value } from './graph.ts';

/** x·Wᵀ, plus the bias if there is one. x: [… in] → [… out] */
export function linear(g: GraphBuilder, place: Place, x: Value): Value {
  const y = g.op('MatMul', [x, g.weight(within(place, 'weight'), 'turned')]);
  const bias = within(place, 'bias');
  return g.has(bias) ? g.op('Add', [y, g.weight(bias)]) : y;
}

/** Over the last axis. */
export function layerNorm(g: GraphBuilder, place: Place, x: Value, epsilon: number): Value {
  const affine = ['weight', 'bias'].map((leaf) => g.weight(within(place, leaf)));
  return g.op('LayerNormalization', [x, ...affine], { axis: -1, epsilon: { float: epsilon } });
}

/** y + (x·downᵀ)·up: a level's signal as two thin products; y + its vector if it is static; y if there is none. */
export function plusSignal(g: GraphBuilder, y: Value, signal: Place | undefined, x: Value): Value {
  if (!signal) return y;
  const constant = within(signal, 'constant');
  if (g.has(constant)) return g.op('Add', [y, g.weight(constant)]);
  if (!g.has(within(signal, 'up'))) return y;
  const read = g.op('MatMul', [x, g.weight(within(signal, 'down'), 'turned')]);
  return g.op('Add', [y, g.op('MatMul', [read, g.weight(within(signal, 'up'))])]);
}

/** fc2(GELU(fc1(x))), with the exact GELU, x·(1 + erf(x/√2))/2. x: [b n d] → [b n d] */
export function feedForward(g: GraphBuilder, ffn: Place, x: Value): Value {
  const hidden = linear(g, within(ffn, 'fc1'), x);
  const erf = g.op('Erf', [g.op('Div', [hidden, g.float(Math.SQRT2)])]);
  const twice = g.op('Mul', [hidden, g.op('Add', [erf, g.float(1)])]);
  return linear(g, within(ffn, 'fc2'), g.op('Mul', [twice, g.float(0.5)]));
}

/** b n (h e) → b h n e */
export function splitHeads(g: GraphBuilder, x: Value, heads: number): Value {
  return g.op('Transpose', [g.op('Reshape', [x, g.ints([0, 0, heads, -1])])], { perm: [0, 2, 1, 3] });
}

/** One of the projections of attention, in heads; `signals` are read from `stream`. x: [b n d] → [b h n e] */
export function project(
  g: GraphBuilder,
  { attn, signals }: { readonly attn: Place; readonly signals?: Place },
  name: 'query' | 'key' | 'value',
  { x, stream, heads }: { readonly x: Value; readonly stream: Value; readonly heads: number },
): Value {
  const y = linear(g, within(attn, name), x);
  return splitHeads(g, plusSignal(g, y, signals && within(signals, name), stream), heads);
}

/**
 * out(softmax(q·kᵀ/√e + bias)·v), Vaswani et al., 2017, eq. 1. query: [b h n e], key and value: [b h m e], bias: anything
 * that broadcasts to [b h n m] → [b n d]
 */
export function attend(
  g: GraphBuilder,
  attn: Place,
  { query, key, value }: { readonly query: Value; readonly key: Value; readonly value: Value },
  { dim, heads, bias }: { readonly dim: number; readonly heads: number; readonly bias?: Value },
): Value {
  const turned = g.op('Transpose', [key], { perm: [0, 1, 3, 2] });
  const scores = g.op('Mul', [g.op('MatMul', [query, turned]), g.float((dim / heads) ** -0.5)]);
  const weights = g.op('Softmax', [bias ? g.op('Add', [scores, bias]) : scores], { axis: -1 });
  const seen = g.op('Transpose', [g.op('MatMul', [weights, value])], { perm: [0, 2, 1, 3] });
  return linear(g, within(attn, 'out'), g.op('Reshape', [seen, g.ints([0, 0, -1])]));
}

/** The size along an axis: a single number. */
export const sizeAlong = (g: GraphBuilder, x: Value, axis: number): Value =>
  g.op('Gather', [g.op('Shape', [x]), g.int(axis)]);

/** start, start + 1, … up to but not including end. */
export const range = (g: GraphBuilder, start: Value, end: Value): Value => g.op('Range', [start, end, g.int(1)]);

import {
  adamUpdate,
  clipScale,
  crossEntropy,
  disposeTree,
  globalNorm,
  initAdam,
  pause,
  type Raw,
  treeToRaw,
  valueAndGrads,
} from '@ringformer/core';
import {
  type AnyParams,
  decode,
  encode,
  exportReference,
  greedySearch,
  loadSeq2seq,
  type Seq2seq,
  tensorDecoding,
} from '@ringformer/seq2seq';
import * as tf from '@tensorflow/tfjs-core';
import { type Finding, finding, largestDeviation, largestRelative, worstOf } from './compare.ts';
import type { Fixture } from './fixture.ts';

/** Absolute, of hidden states, attention weights and logits. */
const FORWARD = 1e-4;
/** Of a gradient's largest entry, and absolute on top of it: the gradient of a key's bias is 0 but for rounding. */
const GRADIENT = { relative: 1e-4, absolute: 1e-6 };
/** Relative, of the losses of all updates, and of the gradient norms of the first. */
const TRAINING = 5e-4;
/**
 * Later norms are no measure: where a norm's variance is small the loss has kinks, and a change of 1e-7 in the weights
 * moves norms of the reference's own run by a hundredth at update 18 (owf_a), its losses by 1e-4.
 */
const NORMS = 10;

type Model = Seq2seq<AnyParams>;

/** Everything that a fixture holds, compared on the running backend. @throws the signal's reason once it is aborted. */
export async function checkFixture(fixture: Fixture, signal?: AbortSignal): Promise<Finding[]> {
  const model: Model = loadSeq2seq<AnyParams>(fixture.config, fixture.weights, fixture.architecture);
  const source = ids(fixture.io.src as Raw);
  const target = ids(fixture.io.trg as Raw);
  try {
    const forward = checkForward(model, fixture, source, target);
    await pause(signal);
    const gradients = await checkGradients(model, fixture, source, target);
    const training = await checkTraining(model, fixture, source, target, signal);
    return [...forward, ...gradients, ...training, await checkGreedy(model, fixture, signal)];
  } finally {
    tf.dispose([source, target]);
    disposeTree(model.params);
  }
}

function checkForward(model: Model, { io }: Fixture, source: tf.Tensor2D, target: tf.Tensor2D): Finding[] {
  const seen = new Map<string, Finding>();
  const compare = (name: string, x: tf.Tensor) => {
    const want = io[name];
    const same = want && String(want.shape) === String(x.shape);
    const deviation = same ? largestDeviation(x.dataSync(), want.data) : Number.POSITIVE_INFINITY;
    seen.set(name, finding(forwardKind(name), deviation, FORWARD));
  };
  tf.tidy(() => {
    const tap = (name: string, x: tf.Tensor) => compare(referenceName(name), x);
    const memory = encode(model, source, { tap });
    compare('logits', decode(model, memory, target, { tap }).logits);
  });
  const recorded = Object.keys(io).filter((name) => name !== 'src' && name !== 'trg');
  return recorded.map((name) => seen.get(name) ?? finding(name, Number.POSITIVE_INFINITY, FORWARD, 'not computed'));
}

/** 'encoder.2.hidden' → 'enc.level.2.hidden'; 'decoder.0.selfAttn' → 'dec.level.0.self_attn'. */
function referenceName(tap: string): string {
  return tap
    .replace(/^(enc|dec)oder\.(\d+)/, '$1.level.$2')
    .replace(/^(enc|dec)oder/, '$1')
    .replace('selfAttn', 'self_attn')
    .replace('crossAttn', 'cross_attn')
    .replace('afterAttn', 'after_attn');
}

/** 'dec.level.0.self_attn' → 'decoder level 0 self-attention'. */
function forwardKind(name: string): string {
  return name
    .replace(/^(enc|dec)\./, '$1oder ')
    .replace(/level\.(\d+)\./, 'level $1 ')
    .replace(/(self|cross)_attn/, '$1-attention')
    .replace('after_attn', 'state after attention')
    .replace(/attn$/, 'attention')
    .replace('embed', 'embedding')
    .replace('hidden', 'hidden state');
}

/** Mean over the tokens that are not padding of −log p(next token), the whole target read. */
function lossOf(model: Model, params: AnyParams, source: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar {
  const now = { ...model, params };
  const { logits } = decode(now, encode(now, source), target);
  const [rows, length, vocabulary] = logits.shape;
  const read = tf.slice(logits, [0, 0, 0], [rows, length - 1, vocabulary]);
  return crossEntropy(read, tf.slice(target, [0, 1], [rows, length - 1]), { padId: model.config.padId });
}

const GROUPS: readonly (readonly [pattern: RegExp, group: string])[] = [
  [/emb_layer\.emb_layer\.weight$/, 'embeddings'],
  [/pos_layer/, 'positions'],
  [/enc_dec_attention/, 'cross-attention'],
  [/attention/, 'self-attention'],
  [/FeedForward/, 'feed-forward'],
  [/layer_norm/, 'norms'],
  [/lev_param.*_01$/, 'signals up'],
  [/lev_param.*_02$/, 'signals down'],
];

/** 'decoder.lev_param_FF_01' → 'gradient decoder signals up'. */
function gradientKind(name: string): string {
  const group = GROUPS.find(([pattern]) => pattern.test(name))?.[1];
  return group ? `gradient ${name.split('.')[0]} ${group}` : 'gradient output layer';
}

async function checkGradients(
  model: Model,
  { config, architecture, grads: recorded }: Fixture,
  source: tf.Tensor2D,
  target: tf.Tensor2D,
): Promise<Finding[]> {
  const { value, grads } = valueAndGrads((params) => lossOf(model, params, source, target), model.params);
  const found = exportReference(config, await treeToRaw(grads), architecture);
  value.dispose();
  disposeTree(grads);
  const groups = new Map<string, Finding[]>();
  for (const [name, want] of Object.entries(recorded)) {
    const kind = gradientKind(name);
    const got = found[name];
    const deviation = got ? largestDeviation(got.data, want.data) : Number.POSITIVE_INFINITY;
    const largest = largestDeviation(want.data, new Float32Array(want.data.length));
    const one = finding(kind, deviation, GRADIENT.relative * largest + GRADIENT.absolute, name);
    groups.set(kind, [...(groups.get(kind) ?? []), one]);
  }
  return [...groups.values()].map(worstOf);
}

async function checkTraining(
  model: Model,
  { train }: Fixture,
  source: tf.Tensor2D,
  target: tf.Tensor2D,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const constants = { lr: train.lr, beta1: train.betas[0], beta2: train.betas[1], epsilon: train.eps };
  const losses: number[] = [];
  const norms: number[] = [];
  const first = (values: readonly number[]) => values.slice(0, NORMS);
  let params = model.params;
  let state = initAdam(params);
  const free = () => {
    if (params !== model.params) disposeTree(params);
    disposeTree(state.m);
    disposeTree(state.v);
  };
  try {
    for (const _ of train.losses) {
      await pause(signal);
      const { value, grads } = valueAndGrads((p) => lossOf(model, p, source, target), params);
      const norm = globalNorm(grads);
      losses.push(await number(value));
      norms.push(await number(norm));
      const gradScale = clipScale(norms.at(-1) as number, train.clip_norm);
      const next = adamUpdate(params, grads, state, { ...constants, gradScale });
      tf.dispose([value, norm]);
      disposeTree(grads);
      free();
      ({ params, state } = next);
    }
    const last = tf.tidy(() => lossOf(model, params, source, target));
    const final = await number(last);
    last.dispose();
    return [
      finding(`training: ${losses.length} losses`, largestRelative(losses, train.losses), TRAINING),
      finding(
        `training: first ${first(norms).length} gradient norms`,
        largestRelative(first(norms), first(train.grad_norms)),
        TRAINING,
      ),
      finding('training: final loss', largestRelative([final], [train.final_loss]), TRAINING),
    ];
  } finally {
    free();
  }
}

async function checkGreedy(model: Model, { greedy }: Fixture, signal?: AbortSignal): Promise<Finding> {
  const found = await greedySearch(tensorDecoding(model, greedy.src as number[][]), {
    startId: greedy.sos,
    limits: greedy.src.map(() => greedy.steps),
    signal,
  });
  const want = greedy.output.flat();
  const got = found.flatMap(({ tokens }) => tokens);
  const wrong = got.length === want.length ? got.filter((id, i) => id !== want[i]).length : Number.POSITIVE_INFINITY;
  return finding('greedy ids that differ', wrong, 0);
}

async function number(scalar: tf.Scalar): Promise<number> {
  return (await scalar.data())[0] as number;
}

/** → int32 [b n] */
function ids({ data, shape }: Raw): tf.Tensor2D {
  return tf.tensor2d(Int32Array.from(data), shape as [number, number], 'int32');
}

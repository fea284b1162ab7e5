import {
  adamUpdate,
  clipScale,
  disposeTree,
  globalNorm,
  initAdam,
  pause,
  type Raw,
  type Tree,
  treeToRaw,
  valueAndGrads,
} from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from './case.ts';
import { type Finding, finding, largestDeviation, largestRelative, worstOf } from './compare.ts';

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

/** Everything that a fixture holds, compared on the running backend. @throws the signal's reason once it is aborted. */
export async function checkCase<P extends Tree>(given: Case<P>, signal?: AbortSignal): Promise<Finding[]> {
  const params = given.load();
  try {
    const forward = await checkForward(given, params);
    await pause(signal);
    const gradients = await checkGradients(given, params);
    const training = await checkTraining(given, params, signal);
    return [...forward, ...gradients, ...training, ...((await given.more?.(params, signal)) ?? [])];
  } finally {
    disposeTree(params);
  }
}

async function checkForward<P extends Tree>(
  { recorded, forward, forwardKind }: Case<P>,
  params: P,
): Promise<Finding[]> {
  const taken = new Map<string, tf.Tensor>();
  tf.tidy(() => {
    forward(params, (name, x) => {
      if (recorded[name]) taken.set(name, tf.keep(x.clone()));
    });
  });
  const seen = new Map<string, Finding>();
  try {
    for (const [name, x] of taken) {
      const want = recorded[name] as Raw;
      const same = String(want.shape) === String(x.shape);
      const deviation = same ? largestDeviation(await x.data(), want.data) : Number.POSITIVE_INFINITY;
      seen.set(name, finding(forwardKind(name), deviation, FORWARD));
    }
  } finally {
    tf.dispose([...taken.values()]);
  }
  return Object.keys(recorded).map(
    (name) => seen.get(name) ?? finding(name, Number.POSITIVE_INFINITY, FORWARD, 'not computed'),
  );
}

async function checkGradients<P extends Tree>(
  { loss, rename, gradientKind, grads: recorded }: Case<P>,
  params: P,
): Promise<Finding[]> {
  const { value, grads } = valueAndGrads(loss, params);
  const found = rename(await treeToRaw(grads));
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

async function checkTraining<P extends Tree>(
  { loss, train }: Case<P>,
  start: P,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const constants = { lr: train.lr, beta1: train.betas[0], beta2: train.betas[1], epsilon: train.eps };
  const losses: number[] = [];
  const norms: number[] = [];
  const first = (values: readonly number[]) => values.slice(0, NORMS);
  let params = start;
  let state = initAdam(params);
  const free = () => {
    if (params !== start) disposeTree(params);
    disposeTree(state.m);
    disposeTree(state.v);
  };
  try {
    for (const _ of train.losses) {
      await pause(signal);
      const { value, grads } = valueAndGrads(loss, params);
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
    const last = tf.tidy(() => loss(params));
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

async function number(scalar: tf.Scalar): Promise<number> {
  return (await scalar.data())[0] as number;
}

import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './kernels.ts';
import { flatten, leaves, mapTree, refill, type Tree } from './tree.ts';

/**
 * Adam's constants. `l2` is added to the gradient (the reference's Adam); `weightDecay` shrinks the weight separately
 * (AdamW).
 */
export type AdamOptions = {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  readonly l2?: number;
};
/** Running means of the gradient and of its square, each like the parameters, and the number of updates made. */
export type AdamState<P extends Tree> = { readonly m: P; readonly v: P; readonly step: number };

/** Moments at zero. The caller owns them. */
export function initAdam<P extends Tree>(params: P): AdamState<P> {
  const like = () => mapTree(params, (leaf) => tf.keep(tf.zerosLike(leaf)));
  return { m: like(), v: like(), step: 0 };
}

export type UpdateOptions = AdamOptions & {
  readonly lr: number;
  /** What gradients are multiplied by first; 1 if absent. */
  readonly gradScale?: number;
};

/**
 * One update of every parameter (Kingma and Ba, 2015; with `weightDecay` Loshchilov and Hutter, 2019). Returns new trees,
 * which the caller owns; disposes nothing.
 */
export function adamUpdate<P extends Tree>(
  params: P,
  grads: P,
  state: AdamState<P>,
  options: UpdateOptions,
): { params: P; state: AdamState<P> } {
  const attrs = adamAttrs(options, state.step + 1);
  return updateEach(params, grads, state, (inputs) => adam(inputs, attrs));
}

/** A parameter, its gradient, and its moments. */
export type Inputs = { param: tf.Tensor; grad: tf.Tensor; m: tf.Tensor; v: tf.Tensor };

/** Updates every parameter by itself: `update` returns its next value and its next two moments, which are then kept. */
export function updateEach<P extends Tree>(
  params: P,
  grads: P,
  state: AdamState<P>,
  update: (inputs: Inputs, name: string) => readonly tf.Tensor[],
): { params: P; state: AdamState<P> } {
  const [g, m, v] = [leaves(grads), leaves(state.m), leaves(state.v)];
  const updated = Object.entries(flatten(params)).map(([name, param], i) => {
    const inputs = { param, grad: g[i] as tf.Tensor, m: m[i] as tf.Tensor, v: v[i] as tf.Tensor };
    return update(inputs, name).map((x) => tf.keep(x));
  });
  const column = (k: number) =>
    refill(
      params,
      updated.map((row) => row[k] as tf.Tensor),
    );
  return { params: column(0), state: { m: column(1), v: column(2), step: state.step + 1 } };
}

export type Attrs = Required<AdamOptions> & { lr: number; gradScale: number; correction1: number; correction2: number };

export function adamAttrs(options: UpdateOptions, step: number): Attrs {
  const { lr, gradScale = 1, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, l2 = 0 } = options;
  const corrections = { correction1: 1 - beta1 ** step, correction2: 1 - beta2 ** step };
  return { lr, beta1, beta2, epsilon, weightDecay, l2, gradScale, ...corrections };
}

/** → the parameter and both moments after an update by Adam */
export function adam(inputs: Inputs, attrs: Attrs): tf.Tensor[] {
  return hasKernel('RingAdam') ? runKernel('RingAdam', inputs, attrs) : tf.tidy(() => composed(inputs, attrs));
}

function composed({ param, grad, m, v }: Inputs, a: Attrs): tf.Tensor[] {
  const g = tf.add(tf.mul(grad, a.gradScale), tf.mul(param, a.l2));
  const nextM = tf.add(tf.mul(m, a.beta1), tf.mul(g, 1 - a.beta1));
  const nextV = tf.add(tf.mul(v, a.beta2), tf.mul(tf.square(g), 1 - a.beta2));
  const change = tf.div(tf.div(nextM, a.correction1), tf.add(tf.sqrt(tf.div(nextV, a.correction2)), a.epsilon));
  return [tf.sub(tf.mul(param, 1 - a.lr * a.weightDecay), tf.mul(change, a.lr)), nextM, nextV];
}

/** Two at a time: WebGPU's `addN` binds all its inputs at once, and fails with more than eight. */
const sumOf = (tensors: readonly tf.Tensor[]) => tensors.reduce((sum, x) => tf.add(sum, x));

/** The 2-norm of all leaves together → scalar */
export function globalNorm(tree: Tree): tf.Scalar {
  return tf.tidy(() => tf.sqrt(sumOf(leaves(tree).map((leaf) => tf.sum(tf.square(leaf))))) as tf.Scalar);
}

/**
 * The factor that brings a gradient of 2-norm `norm` down to `limit`; 1 if it is already small enough (as in PyTorch, with
 * its 1e-6).
 */
export function clipScale(norm: number, limit: number | undefined): number {
  return limit === undefined ? 1 : Math.min(1, limit / (norm + 1e-6));
}

/** The mean of trees of the same form: checkpoint averaging (Vaswani et al., 2017, section 6.1). The caller owns it. */
export function averageTrees<T extends Tree>(trees: readonly [T, ...T[]]): T {
  const columns = trees.map(leaves);
  const mean = (i: number) =>
    tf.tidy(() => tf.div(sumOf(columns.map((column) => column[i] as tf.Tensor)), trees.length));
  return refill(
    trees[0],
    leaves(trees[0]).map((_, i) => tf.keep(mean(i))),
  );
}

/** Learning rate by update, counted from 0. */
export type Schedule = (step: number) => number;

/** Linear warm-up to `peak` over `warmup` updates, then peak·√(warmup/step) (Vaswani et al., 2017, section 5.3). */
export function inverseSquareRoot({ peak, warmup }: { peak: number; warmup: number }): Schedule {
  const from = Math.max(1, warmup); // without any warm-up the rate would stay 0
  return (step) => (step < from ? (peak * (step + 1)) / from : peak * Math.sqrt(from / (step + 1)));
}

/** Linear warm-up from 0, then half a cosine from `peak` to 0 at `total` updates: the reference's schedule, lr 0 at step 0. */
export function cosine({ peak, warmup, total }: { peak: number; warmup: number; total: number }): Schedule {
  return (step) => {
    if (step < warmup) return (peak * step) / warmup;
    const progress = (step - warmup) / Math.max(1, total - warmup);
    return peak * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
  };
}

/** Linear warm-up from 0, then linearly from `peak` to 0 at `total` updates: the reference's other schedule. */
export function linearDecay({ peak, warmup, total }: { peak: number; warmup: number; total: number }): Schedule {
  return (step) =>
    step < warmup ? (peak * step) / warmup : peak * Math.max(0, (total - step) / Math.max(1, total - warmup));
}

/**
 * Linear warm-up to `peak`, then constant, then linearly down to 0 over the last `cooldown` of `total` updates (Zhai et al.,
 * 2022, section 3.5). `total` may still be changed until the cooldown begins.
 */
export function warmupStableDecay({
  peak,
  warmup,
  total,
  cooldown,
}: {
  peak: number;
  warmup: number;
  total: number;
  cooldown: number;
}): Schedule {
  return (step) => {
    const left = Math.max(0, total - step);
    return peak * Math.min(1, (step + 1) / Math.max(1, warmup), cooldown > 0 ? left / cooldown : 1);
  };
}

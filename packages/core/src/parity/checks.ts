import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../backend.ts';
import { treeToRaw } from '../checkpoint.ts';
import { valueAndGrads } from '../gradients.ts';
import { adamUpdate, clipScale, globalNorm, initAdam } from '../optimizer.ts';
import { pause } from '../pause.ts';
import { disposeTree, type Tree } from '../tree.ts';
import type { Beams, Case } from './case.ts';
import { differing, type Finding, finding, largest, largestDeviation, largestRelative, worstOf } from './compare.ts';
import { GRADIENT_FLOOR, NORM_UPDATES, TOLERANCES, type Tolerances } from './tolerances.ts';

/**
 * Compares everything that the authors' code recorded of a model with the running backend, whose name decides the
 * tolerances. Beams are our own recording: the conformance suite compares them.
 * @throws the signal's reason once it is aborted
 */
export async function checkCase<P extends Tree>(
  given: Case<P>,
  backend: Backend['name'],
  signal?: AbortSignal,
): Promise<Finding[]> {
  const tolerances = TOLERANCES[backend];
  const params = given.load();
  try {
    const findings = await checkForward(given, params, tolerances);
    await pause(signal);
    findings.push(...byKind(await checkGradients(given, params, tolerances)));
    const { losses, norms, final } = await checkTraining(given, params, tolerances, signal);
    findings.push(losses, norms, final);
    const { ids } = given.recorded;
    if (ids) {
      const wrong = differing(await given.generate?.(params, signal), ids);
      findings.push(finding('greedy ids that differ', wrong, 0));
    }
    return findings;
  } finally {
    disposeTree(params);
  }
}

/** Every recorded intermediate. */
export async function checkForward<P extends Tree>(
  { recorded: { intermediates }, forward, forwardKind }: Case<P>,
  params: P,
  { level }: Tolerances,
): Promise<Finding[]> {
  const taken = new Map<string, tf.Tensor>();
  tf.tidy(() => {
    forward(params, (name, x) => {
      if (intermediates[name]) taken.set(name, tf.keep(x.clone()));
    });
  });
  try {
    const findings: Finding[] = [];
    for (const [name, want] of Object.entries(intermediates)) {
      const x = taken.get(name);
      if (!x) findings.push(finding(name, Number.POSITIVE_INFINITY, level, 'not computed'));
      else {
        const same = String(want.shape) === String(x.shape);
        const deviation = same ? largestDeviation(await x.data(), want.data) : Number.POSITIVE_INFINITY;
        findings.push(finding(forwardKind(name), deviation, level));
      }
    }
    return findings;
  } finally {
    tf.dispose([...taken.values()]);
  }
}

/** Every recorded gradient, by its parameter's name in `at`. */
export async function checkGradients<P extends Tree>(
  { loss, rename, gradientKind, recorded }: Case<P>,
  params: P,
  { gradient }: Tolerances,
): Promise<Finding[]> {
  const { value, grads } = valueAndGrads(loss, params);
  const found = rename(await treeToRaw(grads));
  value.dispose();
  disposeTree(grads);
  return Object.entries(recorded.gradients).map(([name, want]) => {
    const deviation = largestDeviation(found[name]?.data ?? [], want.data);
    return finding(gradientKind(name), deviation, gradient * largest(want.data) + GRADIENT_FLOOR, name);
  });
}

/** The worst finding of each kind. */
function byKind(findings: readonly Finding[]): Finding[] {
  const kinds = new Set(findings.map(({ kind }) => kind));
  return [...kinds].map((kind) => worstOf(findings.filter((one) => one.kind === kind)));
}

/** The ids of the hypotheses, and their scores. */
export function checkBeams(found: Beams | undefined, recorded: Beams, { score }: Tolerances): [Finding, Finding] {
  const tokens = (beams: Beams) => beams.flatMap((sentence) => sentence.map(({ tokens }) => tokens));
  const scores = (beams: Beams) => beams.flatMap((sentence) => sentence.map(({ score }) => score));
  return [
    finding('beam ids that differ', differing(found && tokens(found), tokens(recorded)), 0),
    finding('beam scores', largestDeviation(scores(found ?? []), scores(recorded)), score),
  ];
}

/** As many Adam updates as were recorded: the losses before each, the norms of the first ones, the loss after the last. */
export async function checkTraining<P extends Tree>(
  { loss, recorded: { training: train } }: Case<P>,
  start: P,
  tolerances: Tolerances,
  signal?: AbortSignal,
): Promise<{ losses: Finding; norms: Finding; final: Finding }> {
  const constants = { lr: train.lr, beta1: train.betas[0], beta2: train.betas[1], epsilon: train.eps };
  const losses: number[] = [];
  const norms: number[] = [];
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
    const first = norms.slice(0, NORM_UPDATES);
    const compare = (kind: string, found: readonly number[], want: readonly number[]) =>
      finding(`training: ${kind}`, largestRelative(found, want), tolerances.loss);
    return {
      losses: compare(`${losses.length} losses`, losses, train.losses),
      norms: compare(`first ${first.length} gradient norms`, first, train.grad_norms.slice(0, NORM_UPDATES)),
      final: compare('final loss', [final], [train.final_loss]),
    };
  } finally {
    free();
  }
}

async function number(scalar: tf.Scalar): Promise<number> {
  return (await scalar.data())[0]!;
}

import * as tf from '@tensorflow/tfjs-core';
import { levelSignal, type Signal } from './low-rank.ts';

/**
 * How strong a level's signals are, over all tokens: ‖s(x)‖ relative to ‖W·x + b‖ of the projection that it is added to; for
 * the feed-forward network, relative to ‖x‖ of its input. 0 if the level has no such signal.
 */
export type SignalStrength = {
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly ffn: number;
};

/** The same for each of the n tokens: [n] of each kind. */
export type TokenStrength = { readonly [kind in keyof SignalStrength]: Float32Array };

/** What a level's signal adds to each token: zeros if the level lacks it, the same to all if it is static. x: [… d] → [… d] */
export function signalOver(signal: Signal | undefined, x: tf.Tensor): tf.Tensor {
  return signal ? tf.broadcastTo(levelSignal(signal, x), x.shape) : tf.zerosLike(x);
}

/** For each kind of signal what it is and what it is added to: twice [1 n d]. */
export type Beside = { readonly [kind in keyof SignalStrength]: readonly [signal: tf.Tensor, base: tf.Tensor] };

const KINDS = ['query', 'key', 'value', 'ffn'] as const satisfies readonly (keyof SignalStrength)[];

/** Lengths of the signals of one level and of what they are added to, token by token → [4 2 n], which the caller owns. */
export function signalNorms(beside: Beside): tf.Tensor3D {
  return tf.tidy(() => {
    const norm = (x: tf.Tensor) => tf.reshape(tf.norm(x, 'euclidean', -1), [-1]);
    return tf.stack(KINDS.map((kind) => tf.stack(beside[kind].map(norm)))) as tf.Tensor3D;
  });
}

/** What `signalNorms` has measured, as shares. */
export function strengthOf(norms: ArrayLike<number>): {
  readonly level: SignalStrength;
  readonly tokens: TokenStrength;
} {
  const n = norms.length / (2 * KINDS.length);
  const at = (kind: number, what: 0 | 1) => Array.from({ length: n }, (_, i) => norms[(2 * kind + what) * n + i]!);
  const whole = (lengths: readonly number[]) => Math.hypot(...lengths);
  const shares = KINDS.map((kind, k) => {
    const [signal, base] = [at(k, 0), at(k, 1)];
    return { kind, level: whole(signal) / whole(base), tokens: Float32Array.from(signal, (x, i) => x / base[i]!) };
  });
  const named = <T>(get: (share: (typeof shares)[number]) => T) =>
    Object.fromEntries(shares.map((share) => [share.kind, get(share)])) as { [kind in keyof SignalStrength]: T };
  return { level: named(({ level }) => level), tokens: named(({ tokens }) => tokens) };
}

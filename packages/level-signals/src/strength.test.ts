import { withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { signalNorms, strengthOf } from './strength.ts';

beforeAll(startCpu);

test('lengths of two tokens by hand: 3-4-5 beside 10, and 0 beside 2', () =>
  withoutLeaks(() => {
    const signal = tf.tensor3d([
      [
        [3, 4],
        [0, 0],
      ],
    ]);
    const base = tf.tensor3d([
      [
        [0, 10],
        [2, 0],
      ],
    ]);
    const one = [signal, base] as const;
    const norms = signalNorms({ query: one, key: one, value: [base, base], ffn: [base, signal] });
    expect(norms.shape).toEqual([4, 2, 2]);
    const { level, tokens } = strengthOf(norms.dataSync());
    expect([...tokens.query]).toEqual([0.5, 0]);
    expect([...tokens.value]).toEqual([1, 1]);
    expect(tokens.ffn[0]).toBe(2);
    expect(level.query).toBeCloseTo(5 / Math.sqrt(104), 6);
    expect(level.value).toBe(1);
    tf.dispose([signal, base, norms]);
  }));

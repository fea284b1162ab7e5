import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { ring } from './ring.ts';
import { withoutLeaks } from './testing/expect.ts';

beforeAll(startCpu);

test('passes the levels in order, each with its own slice', () =>
  withoutLeaks(() => {
    const passed = tf.tidy(() =>
      ring({ w: tf.tensor1d([5, 6, 7]) }, 'x', (x, { w }, i) => `${x} ${i}:${w.dataSync()[0]}`),
    );
    expect(passed).toBe('x 0:5 1:6 2:7');
  }));

test('a list has one entry for each level', () =>
  withoutLeaks(() => {
    const level = { w: tf.scalar(5) };
    const passed = ring([level, level, level], 0, (x, { w }, i) => x + i + w.dataSync()[0]!, 2);
    expect(passed).toBe(0 + 5 + 1 + 5);
    level.w.dispose();
  }));

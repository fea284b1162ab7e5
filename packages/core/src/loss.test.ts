import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, test } from 'vitest';
import { crossEntropy, tokenLosses } from './loss.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';

beforeAll(startCpu);

// softmax: [1/4 3/4] and [1/2 1/2] and [2/3 1/3]
const LOGITS = [0, Math.log(3), 7, 7, Math.LN2, 0];

test('−log p of each label; padding counts nothing', () =>
  withoutLeaks(async () => {
    const [logits, labels] = [tf.tensor3d(LOGITS, [1, 3, 2]), tf.tensor2d([[1, 0, 1]], undefined, 'int32')];
    const each = tokenLosses(logits, labels, { padId: 0 });
    const mean = crossEntropy(logits, labels, { padId: 0 });
    await expectClose(each, [Math.log(4 / 3), 0, Math.log(3)], { atol: 1e-6 });
    await expectClose(mean, [(Math.log(4 / 3) + Math.log(3)) / 2], { atol: 1e-6 });
    tf.dispose([logits, labels, each, mean]);
  }));

test('smoothing spreads its share over the whole vocabulary', () =>
  withoutLeaks(async () => {
    const [logits, labels] = [tf.tensor2d(LOGITS, [3, 2]), tf.tensor1d([1, 1, 1], 'int32')];
    const each = tokenLosses(logits, labels, { padId: 0, smoothing: 0.2 });
    // 0.8·(−log p[1]) + 0.1·(−log p[0]) + 0.1·(−log p[1])
    const want = [0.9 * Math.log(4 / 3) + 0.1 * Math.log(4), Math.LN2, 0.9 * Math.log(3) + 0.1 * Math.log(1.5)];
    await expectClose(each, want, { atol: 1e-6 });
    tf.dispose([logits, labels, each]);
  }));

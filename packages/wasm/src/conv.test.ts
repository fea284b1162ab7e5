import { expectCloseNumbers } from '@ringformer/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTo, get, numbers, onEveryBuild } from './test-tools.ts';

onEveryBuild(() => {
  test('the gradient of conv2d for its filter, at any stride and padding', () => {
    const one = (max: number) => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(
        fc.record({ batch: one(2), height: one(7), width: one(7), inputs: one(5), outputs: one(9) }),
        fc.record({ high: one(3), wide: one(3), down: one(3), across: one(3), pad: fc.constantFrom('same', 'valid') }),
        ({ batch, height, width, inputs, outputs }, { high, wide, down, across, pad }) => {
          if (pad === 'valid' && (high > height || wide > width)) return;
          const xShape: [number, number, number, number] = [batch, height, width, inputs];
          const filterShape: [number, number, number, number] = [high, wide, inputs, outputs];
          const x = numbers(batch * height * width * inputs, 1);
          const info = tf.backend_util.computeConv2DInfo(xShape, filterShape, [down, across], 1, pad as 'same');
          const dy = numbers(tf.util.sizeFromShape(info.outShape), 2);
          const expected = new Float64Array(tf.util.sizeFromShape(filterShape));
          for (let b = 0; b < batch; b++) {
            for (let oy = 0; oy < info.outHeight; oy++) {
              for (let ox = 0; ox < info.outWidth; ox++) {
                for (let fy = 0; fy < high; fy++) {
                  for (let fx = 0; fx < wide; fx++) {
                    const iy = oy * down + fy - info.padInfo.top;
                    const ix = ox * across + fx - info.padInfo.left;
                    if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
                    for (let i = 0; i < inputs; i++) {
                      for (let o = 0; o < outputs; o++) {
                        const value = get(x, ((b * height + iy) * width + ix) * inputs + i);
                        const slope = get(dy, ((b * info.outHeight + oy) * info.outWidth + ox) * outputs + o);
                        addTo(expected, ((fy * wide + fx) * inputs + i) * outputs + o, value * slope);
                      }
                    }
                  }
                }
              }
            }
          }
          const actual = tf.tidy(() => {
            const loss = (filter: tf.Tensor) =>
              tf.sum(
                tf.mul(
                  tf.conv2d(tf.tensor4d(x, xShape), filter as tf.Tensor4D, [down, across], pad as 'same'),
                  tf.tensor(dy, info.outShape),
                ),
              );
            return tf.grad(loss)(tf.zeros(filterShape)).dataSync();
          });
          expectCloseNumbers(actual, expected, 1e-5);
        },
      ),
    );
  });

  test('channels first is refused, not computed wrongly', () => {
    const run = () =>
      tf.tidy(() =>
        tf.engine().runKernel(
          tf.Conv2DBackpropFilter,
          { x: tf.ones([1, 1, 2, 2]), dy: tf.ones([1, 1, 1, 1]) },
          {
            strides: 1,
            pad: 'valid',
            dataFormat: 'NCHW',
            filterShape: [2, 2, 1, 1],
          },
        ),
      );
    expect(run).toThrow(/Use NHWC/);
  });
});

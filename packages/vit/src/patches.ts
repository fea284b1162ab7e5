import * as tf from '@tensorflow/tfjs-core';

/** Images cut into patches, row by row; each is [c p p], flat. images: [b c h w] → [b n c·p·p] */
export function cutPatches(images: tf.Tensor4D, patch: number): tf.Tensor3D {
  const [b, c, height, width] = images.shape;
  const [rows, columns] = [height / patch, width / patch];
  return tf.tidy(() => {
    const strips = tf.transpose(tf.reshape(images, [b, c, rows, patch * width]), [0, 2, 1, 3]); // b rows c (p w)
    const split = tf.reshape(strips, [b * rows, c * patch, columns, patch]);
    return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [b, rows * columns, c * patch * patch]);
  });
}

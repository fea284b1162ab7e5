// A picture of 28 × 28 pixels, bright on dark: a box with two sleeves.
import model from '@ringformer/model-fashion';
import { loadClassifier } from '@ringformer/vit/engine';
import { startEngine } from '@ringformer/wasm/engine';

const bright = (x, y) => (x > 8 && x < 19 && y > 3 && y < 25) || (y > 4 && y < 13 && x > 2 && x < 25);
export const pixels = Float32Array.from({ length: 28 * 28 }, (_, at) =>
  bright(at % 28, Math.floor(at / 28)) ? 1.2 : -0.8,
);

/** The likeliest class and its probability. */
export async function classify() {
  const classifier = await loadClassifier(model, await startEngine(), { threads: 1 });
  const [[guess]] = await classifier.classify(pixels, { top: 1 });
  classifier.dispose();
  return text(guess);
}

export const text = ({ label, probability }) => `${label} ${probability.toFixed(2)}`;

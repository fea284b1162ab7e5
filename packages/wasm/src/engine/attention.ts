import type { Model } from './model.ts';
import { padSizes } from './stack.ts';
import { STRUCTS } from './structs.ts';

/**
 * What the last step looked at in its last level, mean over heads: for each row, its share of each token of its sentence.
 * The queries of that level are still in the workspace, and the keys serve all levels.
 */
export function crossAttention(
  { arena, config, sizes }: Model,
  workspace: number,
  sentences: readonly { readonly at: number; readonly length: number }[],
): Float32Array[] {
  const { heads, dim } = config;
  const { E } = padSizes(sizes);
  const width = E / heads;
  const qkv = arena.words(workspace, 1 + Object.keys(STRUCTS.Workspace).indexOf('qkv')).at(-1) as number;
  return sentences.map(({ at, length }, row) => {
    const query = arena.floats(qkv + 4 * row * 3 * E, E);
    const keys = arena.floats(at, 2 * E * length);
    const mean = new Float32Array(length);
    for (let head = 0; head < heads; head++) {
      const scores = Array.from({ length }, (_, j) => {
        let product = 0;
        for (let k = head * width; k < (head + 1) * width; k++) product += query[k]! * keys[2 * E * j + k]!;
        return product / Math.sqrt(dim / heads);
      });
      const most = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - most));
      const sum = powers.reduce((total, power) => total + power, 0);
      for (const [j, power] of powers.entries()) mean[j] = mean[j]! + power / sum / heads;
    }
    return mean;
  });
}

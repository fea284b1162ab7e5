// The jobs' model: 6+6 levels, 8 heads, vocabulary 8000, no biases, every number random from a seed, signals included.
import { flattenSpec, randomNormal } from '../packages/core/dist/base.js';
import { seq2seqConfig, seq2seqSpec } from '../packages/seq2seq/dist/engine.js';

/** The configuration of width `dim`. */
export const configOf = (dim) =>
  seq2seqConfig({ dim, mlpDim: 4 * dim, heads: 8, sourceVocab: 8000, targetVocab: 8000, maxLength: 64, dropout: 0 });

/** Weights by our names. Gains are about 1, tables about N(0, 1), matrices as large as after training. */
export function weightsOf(config, seed = 1) {
  const entries = flattenSpec(seq2seqSpec(config)).map(([name, { shape }], i) => {
    const size = shape.reduce((total, n) => total * n, 1);
    const inner = /\.up$/.test(name) ? config.rank : shape.at(-1);
    const scale = /[nN]orm\./.test(name) ? 0.1 : /tokens$/.test(name) ? 1 : /bias$/.test(name) ? 0.1 : inner ** -0.5;
    const data = randomNormal(size, seed + i).map((x) => (/Norm\.weight$/.test(name) ? 1 : 0) + scale * x);
    return [name, { dtype: 'F32', shape, data }];
  });
  return Object.fromEntries(entries);
}

/** `rows` sentences of `length` tokens. */
export function sentences(rows, length, seed = 7) {
  const noise = randomNormal(rows * length, seed);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length }, (_, i) => 4 + Math.floor(Math.abs(noise[row * length + i] * 1e4) % 7990)),
  );
}

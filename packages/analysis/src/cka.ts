import { checkChoice, checkOptions, RingformerError, saidOf } from '@ringformer/core/base';
import { hsic0, hsic1 } from './hsic.ts';
import { checkRows, type Gram, linearGram, type Rows, rbfGram } from './rows.ts';

const WHERE = '[ringformer/analysis]';

export type CkaOptions = {
  /** How alike two examples are: their dot product, or a Gaussian of their distance. Default 'linear'. */
  readonly kernel?: 'linear' | 'rbf';
  /** For 'rbf': σ as a share of the median distance. Default 1. */
  readonly bandwidth?: number;
  /** 'unbiased' (the default) stays near 0 for independent features even if there are fewer examples than features. */
  readonly estimator?: 'biased' | 'unbiased';
};

/**
 * Centred kernel alignment of two representations of the same n examples (Kornblith et al., 2019, eq. 5): 1 if they are equal
 * up to rotation and scale. x [n d], y [n e]; the unbiased estimator needs n ≥ 4, the biased one n ≥ 2.
 * @throws RingformerError 'bad-shape', 'bad-argument'
 */
export function cka(x: Rows, y: Rows, options: CkaOptions = {}): number {
  const collector = ckaCollector(1, 1, options);
  collector.add([x], [y]);
  return collector.matrix()[0]![0]!;
}

/** Collects the alignment of every level of one model with every level of another, batch by batch. */
export type CkaCollector = {
  /**
   * Adds one batch: for each level its features of the same examples. Leave out what isn't an example, such as the rows of
   * padding.
   */
  add(xs: readonly Rows[], ys: readonly Rows[]): void;
  /** [levels of x][levels of y]; NaN before the first batch, or if a level's features are all the same. */
  matrix(): number[][];
};

/**
 * Minibatch CKA: Σ HSIC(K, L) / √(Σ HSIC(K, K) · Σ HSIC(L, L)), each summed over all batches. With the unbiased estimator
 * this approaches the value for all examples at once, whatever the size of a batch (Nguyen et al., 2021, eq. 2).
 * @throws RingformerError 'bad-argument'
 */
export function ckaCollector(levelsOfX: number, levelsOfY: number, options: CkaOptions = {}): CkaCollector {
  const { kernel = 'linear', bandwidth = 1, estimator = 'unbiased' } = checked(options);
  const hsic = estimator === 'biased' ? hsic0 : hsic1;
  const zeros = () => new Float64Array(levelsOfY);
  const across = Array.from({ length: levelsOfX }, zeros);
  const own = { x: new Float64Array(levelsOfX), y: zeros() };
  const gramsOf = (levels: readonly Rows[], wanted: number): Gram[] => {
    if (levels.length !== wanted) {
      throw new RingformerError('bad-shape', `${WHERE} Expected features of ${wanted} levels, got ${levels.length}.`);
    }
    return levels.map((rows) => {
      checkRows(rows, estimator === 'biased' ? 2 : 4);
      return kernel === 'linear' ? linearGram(rows) : rbfGram(rows, bandwidth);
    });
  };
  let batches = 0;
  return {
    add(xs, ys) {
      const ks = gramsOf(xs, levelsOfX);
      const ls = ys === xs && levelsOfX === levelsOfY ? ks : gramsOf(ys, levelsOfY);
      ks.forEach((k, i) => {
        own.x[i]! += hsic(k, k);
        ls.forEach((l, j) => {
          across[i]![j]! += hsic(k, l);
        });
      });
      ls.forEach((l, j) => {
        own.y[j]! += hsic(l, l);
      });
      batches += 1;
    },
    matrix: () =>
      across.map((row, i) =>
        Array.from(row, (sum, j) => {
          const scale = Math.sqrt(own.x[i]! * own.y[j]!);
          return batches > 0 && scale > 0 ? sum / scale : Number.NaN;
        }),
      ),
  };
}

/** Features as the reference has them: [sentences tokens d], padding included. */
export type TokenFeatures = { readonly shape: readonly [number, number, number]; readonly data: ArrayLike<number> };

/**
 * What the authors' notebook shows (SPEC §5.1): the tokens of a sentence are the examples, padding included; HSIC₁ is summed
 * over the sentences of a batch; and the value is that of the last batch only, because each batch overwrites the one before.
 * `batches`: for each batch the features of every level of both models. → [levels of x][levels of y]
 * @throws RingformerError 'bad-shape', 'bad-argument' if there are no batches
 */
export function referenceCka(
  batches: readonly { readonly xs: readonly TokenFeatures[]; readonly ys: readonly TokenFeatures[] }[],
): number[][] {
  const last = batches.at(-1);
  if (!last) throw new RingformerError('bad-argument', `${WHERE} referenceCka: expected at least one batch, got none.`);
  const { xs, ys } = last;
  const collector = ckaCollector(xs.length, ys.length);
  const sentences = xs[0]?.shape[0] ?? 0;
  for (let s = 0; s < sentences; s++) collector.add(xs.map(sentence(s)), ys.map(sentence(s)));
  return collector.matrix();
}

const sentence =
  (s: number) =>
  ({ shape: [, n, d], data }: TokenFeatures): Rows => ({
    shape: [n, d],
    data: Array.prototype.slice.call(data, s * n * d, (s + 1) * n * d),
  });

function checked(options: CkaOptions): CkaOptions {
  checkOptions(`${WHERE} cka`, options, ['kernel', 'bandwidth', 'estimator'] satisfies readonly (keyof CkaOptions)[]);
  const { kernel = 'linear', bandwidth = 1, estimator = 'unbiased' } = options;
  checkChoice(`${WHERE} cka`, 'kernel', kernel, ['linear', 'rbf']);
  checkChoice(`${WHERE} cka`, 'estimator', estimator, ['biased', 'unbiased']);
  if (!(Number.isFinite(bandwidth) && bandwidth > 0)) {
    throw new RingformerError('bad-argument', `${WHERE} bandwidth is ${saidOf(bandwidth)}; expected a number above 0.`);
  }
  return options;
}

/** A translation that search found. */
export type Hypothesis = {
  /** Without the start and end tokens. */
  readonly tokens: number[];
  /** Σ log p, divided by the length penalty if there is one; NaN if the decoding was opened without scores. */
  readonly score: number;
  /** Σ log p of the tokens, and of the end token unless the hypothesis was cut at its limit. */
  readonly logProb: number;
  /** How many log p that sum has. */
  readonly length: number;
  /** Another search found it, because the numbers of the likeliest translation were wrong. */
  readonly corrected?: true;
  /** A word that stays as it is: the model does not know it. */
  readonly unknown?: true;
};

/** Scores a hypothesis: Σ log p / ((5 + length) / 6)^α (Wu et al., 2016, eq. 14). The end token counts. */
export const scored = (tokens: number[], logProb: number, length: number, alpha: number): Hypothesis => ({
  tokens,
  score: penalised(logProb, length, alpha),
  logProb,
  length,
});

export const penalised = (logProb: number, length: number, alpha: number): number =>
  logProb / ((5 + length) / 6) ** alpha;

/** The geometric mean of the tokens' probabilities, from 0 to 1. */
export const confidenceOf = ({ logProb, length }: Pick<Hypothesis, 'logProb' | 'length'>): number =>
  Math.exp(logProb / length);

/** Several hypotheses as if they were one. */
export const joined = (found: readonly Pick<Hypothesis, 'logProb' | 'length'>[]) => ({
  logProb: found.reduce((sum, { logProb }) => sum + logProb, 0),
  length: found.reduce((sum, { length }) => sum + length, 0) || 1,
});

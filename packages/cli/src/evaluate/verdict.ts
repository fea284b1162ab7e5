/** What a classifier says of one image. */
export type Judged = {
  readonly label: number;
  /** The likeliest class, and its probability. */
  readonly guess: number;
  readonly probability: number;
  /** How many classes are likelier than the right one, or as likely and before it. */
  readonly rank: number;
  /** −log p of the right class. */
  readonly loss: number;
};

export type ImageVerdict = {
  readonly images: number;
  readonly accuracy: number;
  /** Share of images whose class is among the five likeliest. */
  readonly top5: number;
  /** In nats per image. */
  readonly loss: number;
  /** Expected calibration error (Guo et al., 2017), over 15 bins of equal width. */
  readonly calibrationError: number;
  /** How often images of each class [row] were taken for each class [column]. */
  readonly confusion: readonly (readonly number[])[];
};

const BINS = 15;

/** logits [b classes], row-major, and the right class of each row. */
export function judge(logits: Float32Array, labels: readonly number[]): Judged[] {
  const classes = logits.length / labels.length;
  return labels.map((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const most = row.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0)) + most;
    const guess = row.indexOf(most);
    const own = row[label]!;
    const rank = row.reduce((before, x, j) => before + (x > own || (x === own && j < label) ? 1 : 0), 0);
    return { label, guess, probability: Math.exp(most - total), rank, loss: total - own };
  });
}

export function verdictOf(judged: readonly Judged[], classes: number): ImageVerdict {
  const confusion = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (const { label, guess } of judged) confusion[label]![guess]!++;
  const share = (holds: (one: Judged) => boolean) => judged.filter(holds).length / judged.length;
  return {
    images: judged.length,
    accuracy: share(({ rank }) => rank === 0),
    top5: share(({ rank }) => rank < 5),
    loss: judged.reduce((sum, { loss }) => sum + loss, 0) / judged.length,
    calibrationError: calibrationError(judged),
    confusion,
  };
}

/** How far the mean confidence of each bin is from its accuracy, weighted by its images. Bins include their upper edge. */
function calibrationError(judged: readonly Judged[]): number {
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, right: 0 }));
  for (const { label, guess, probability } of judged) {
    const bin = bins[Math.min(BINS - 1, Math.max(0, Math.ceil(probability * BINS) - 1))]!;
    bin.confidence += probability;
    if (guess === label) bin.right++;
  }
  return bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / judged.length;
}

/** The most frequent mistakes. */
export function worstPairs(confusion: ImageVerdict['confusion'], count: number) {
  const all = confusion.flatMap((row, of) =>
    row.flatMap((count, taken) => (of !== taken && count > 0 ? [{ of, taken, count }] : [])),
  );
  return all.sort((a, b) => b.count - a.count).slice(0, count);
}

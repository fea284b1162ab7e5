/** The largest deviation of one kind of number from the reference, and how much is allowed. */
export type Finding = {
  readonly kind: string;
  readonly deviation: number;
  readonly tolerance: number;
  readonly ok: boolean;
  /** Where the largest deviation is, if that says more than `kind`. */
  readonly at?: string;
};

type Numbers = ArrayLike<number>;

/** Largest |got − want|; infinite if the counts differ or a number is not finite. */
export function largestDeviation(got: Numbers, want: Numbers): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const deviation = Math.abs(got[i]! - want[i]!);
    if (!(deviation <= worst)) worst = Number.isFinite(deviation) ? deviation : Number.POSITIVE_INFINITY;
    if (worst === Number.POSITIVE_INFINITY) break;
  }
  return worst;
}

/** Largest |got − want| / |want|; infinite as `largestDeviation` is. */
export function largestRelative(got: Numbers, want: Numbers): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  const shares = Array.from(got, (x, i) => {
    const deviation = largestDeviation([x], [want[i]!]);
    return deviation === Number.POSITIVE_INFINITY ? deviation : deviation / Math.abs(want[i]!);
  });
  return Math.max(0, ...shares);
}

/** Largest |x|. */
export function largest(numbers: Numbers): number {
  return largestDeviation(numbers, new Float32Array(numbers.length));
}

/** How many ids differ; infinite if none were found or row lengths differ. */
export function differing(
  found: readonly (readonly number[])[] | undefined,
  recorded: readonly (readonly number[])[],
): number {
  const lengths = (rows: readonly (readonly number[])[]) => rows.map(({ length }) => length).join();
  if (!found || lengths(found) !== lengths(recorded)) return Number.POSITIVE_INFINITY;
  const want = recorded.flat();
  return found.flat().filter((id, i) => id !== want[i]).length;
}

export function finding(kind: string, deviation: number, tolerance: number, at?: string): Finding {
  return { kind, deviation, tolerance, ok: deviation <= tolerance, ...(at === undefined ? {} : { at }) };
}

/** The finding that comes closest to its tolerance or exceeds it the most, out of several of one kind. */
export function worstOf(findings: readonly Finding[]): Finding {
  const share = ({ deviation, tolerance }: Finding) => deviation / tolerance;
  return findings.reduce((worst, next) => (share(next) > share(worst) ? next : worst));
}

/** The additive mask for what must not be seen: exp(MASKED − anything) is 0 in float32, and it never produces NaN. */
export const MASKED = -1e9;

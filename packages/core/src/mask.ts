/** The additive mask of what must not be seen: exp(MASKED − anything) is 0 in float32, and no NaN can come of it. */
export const MASKED = -1e9;

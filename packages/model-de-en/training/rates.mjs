/** How often each augmentation changes a line of the packaged models' texts. */
export const RATES = {
  join: 0.06,
  swap: 0.5,
  numbers: 0.5,
  spans: 0.02,
  unmarked: 0.05,
  typos: 0.03,
  small: 0.03,
  capitals: 0.02,
};

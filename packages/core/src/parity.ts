// Compares models with what the authors' code computed: `@ringformer/core/parity`.
// Reads what was recorded of a tiny model, computes the same and compares. `ringformer
// verify` prints the findings; the conformance suite of `@ringformer/core/testing` expects them to be within tolerance. The
// cases for the models are in `@ringformer/seq2seq/parity` and `@ringformer/vit/parity`.
export type { Beams, Case, Recorded, Training } from './parity/case.ts';
export { checkCase } from './parity/checks.ts';
export type { Finding } from './parity/compare.ts';
export { type Json, type Recording, readJson, readRecording, requireKeys } from './parity/recording.ts';
export { TOLERANCES, type Tolerances } from './parity/tolerances.ts';

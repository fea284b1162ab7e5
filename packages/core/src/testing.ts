/** What tests of backends and models share. Needs vitest; nothing in the package's main entry imports this file. */
export { testBackend, testModels, testOperations } from './testing/backend.ts';
export { type Closeness, expectClose, type Numbers, withoutLeaks } from './testing/expect.ts';
export { comparison, type Finding, note } from './testing/finding.ts';
export * as loops from './testing/loops.ts';
export type { Beams, ModelCase, Recorded } from './testing/model.ts';
export { TOLERANCES, type Tolerances } from './testing/tolerances.ts';

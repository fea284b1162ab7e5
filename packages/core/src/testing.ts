// Tests for backends and models, and what such tests share; needs vitest: `@ringformer/core/testing`.
export { testBackend, testModels, testOperations } from './testing/backend.ts';
export { type Closeness, expectClose, expectCloseNumbers, type Numbers, withoutLeaks } from './testing/expect.ts';
export * as loops from './testing/loops.ts';
export { comparison, type Note, note } from './testing/note.ts';

/** Shared by tests of backends and models. Needs vitest; nothing in the package's main entry imports this file. */
export { testBackend, testModels, testOperations } from './testing/backend.ts';
export { type Closeness, expectClose, expectCloseNumbers, type Numbers, withoutLeaks } from './testing/expect.ts';
export * as loops from './testing/loops.ts';
export { comparison, type Note, note } from './testing/note.ts';

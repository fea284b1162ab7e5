// Model files from any static host, checked and stored: `@ringformer/worker/files`.
export { type Manifest, type ManifestFile, MODEL_FILES, manifestOf, readManifest } from './manifest.ts';
export { type OpenModel, type OpenOptions, openModel } from './open-model.ts';
export type { ModelAt } from './places.ts';
export type { CacheLike } from './store.ts';

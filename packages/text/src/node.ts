// Texts from files, in Node.js: line by line, in pairs, or several corpora mixed: `@ringformer/text/node`.
export { type MixtureFile, readMixtureFile } from './mixture-file.ts';
export { type MixedPair, type OpenMixture, openMixture } from './open-mixture.ts';
export { type ReadLinesOptions, readLines, readParallel } from './read-lines.ts';
export type { TextPair } from './text-pair.ts';

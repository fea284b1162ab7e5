export { type ReadLinesOptions, readLines, readParallel, type TextPair } from './read-lines.ts';

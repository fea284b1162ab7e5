import util from 'node:util';

/** The functions of `node:util` that @tensorflow/tfjs-node 4.22 calls and Node 23 removed (tensorflow/tfjs#8609). */
const REMOVED = {
  isNullOrUndefined: (x: unknown) => x === null || x === undefined,
  isArray: (x: unknown) => Array.isArray(x),
} as const;

/** Restores, for the whole process, the functions that are missing. Returns their names. */
export function restoreUtil(target: object = util): string[] {
  const missing = Object.entries(REMOVED).filter(([name]) => !(name in target));
  for (const [name, value] of missing) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  return missing.map(([name]) => name);
}

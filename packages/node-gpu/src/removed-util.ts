import util from 'node:util';

/** What @tensorflow/tfjs-node 4.22 calls of `node:util`, and Node 23 no longer has (tensorflow/tfjs#8609). */
const REMOVED = {
  isNullOrUndefined: (x: unknown) => x === null || x === undefined,
  isArray: (x: unknown) => Array.isArray(x),
} as const;

/** Puts back, for the whole process, what is missing; nothing where nothing is. Returns the names. */
export function restoreUtil(target: object = util): string[] {
  const missing = Object.entries(REMOVED).filter(([name]) => !(name in target));
  for (const [name, value] of missing) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  }
  return missing.map(([name]) => name);
}

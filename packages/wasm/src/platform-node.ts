import { setFlagsFromString } from 'node:v8';

export { findNativeTeams } from './engine/native-node.ts';
export { importNative } from './import-native.ts';

export { enableWideVectors, type WideVectors } from './wide-vectors.ts';

/** TensorFlow.js' own program as bytes: Node.js finds its file. */
export const stockProgram: (() => Promise<Uint8Array<ArrayBuffer>>) | undefined = undefined;

/**
 * Turns relaxed SIMD on if Node has it behind a flag (Node 20); Node 22 and later have it on. The flag is the whole
 * process's, so a library must not do this unasked: a program may, before its first `startWasm`.
 */
export function enableRelaxedSimd(): void {
  if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
}

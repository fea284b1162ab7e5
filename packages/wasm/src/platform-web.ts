import { decodeBase64 } from '@ringformer/core/base';
import type { MakeNativeTeam } from './engine/team-types.ts';
import { inflated } from './inflate.ts';
import type { WideVectors } from './wide-vectors.ts';

export type { WideVectors };

/** Browsers either have relaxed SIMD or don't: there is nothing to turn on. */
export function enableRelaxedSimd(): void {}

/** Pages have no flags: browsers decide. */
export const enableWideVectors = (): WideVectors => ({ on: false, why: 'pages cannot turn them on' });

/** Native kernels are for Node.js. */
export const importNative = async (): Promise<typeof import('@ringformer/native') | undefined> => undefined;

/** The same for the inference engine. */
export const findNativeTeams = async (_variant?: string): Promise<MakeNativeTeam | undefined> => undefined;

/** TensorFlow.js' own program, loaded when it is needed: bundlers do not take its .wasm file along. */
export const stockProgram: (() => Promise<Uint8Array<ArrayBuffer>>) | undefined = async () =>
  inflated(decodeBase64((await import('./generated/stock.ts')).DEFLATED));

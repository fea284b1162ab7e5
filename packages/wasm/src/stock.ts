import { dataOf, isData } from '@ringformer/core/base';
import * as tf from '@tensorflow/tfjs-core';
import { stockProgram } from '#platform';

type Stock = typeof import('@tensorflow/tfjs-backend-wasm');
type WasmPaths = string | Record<string, string>;

/** The only one of its three files that TensorFlow.js reads with SIMD and without threads. */
const FILE = 'tfjs-backend-wasm-simd.wasm';
/** What TensorFlow.js asks for if the file is not fetched. */
const HELD = `ringformer:${FILE}`;
let held: (() => Promise<Uint8Array<ArrayBuffer>>) | undefined;

/**
 * Says where TensorFlow.js' own program is. Without `paths`, Node.js finds the file, and pages load it as a script. The text
 * of a `data:` address is decoded, because the page's policy may forbid to fetch it.
 */
export function placeStock({ setWasmPaths }: Stock, paths: WasmPaths | undefined): void {
  const address = typeof paths === 'object' ? paths[FILE] : undefined;
  held = address !== undefined && isData(address) ? async () => dataOf(address) : paths ? undefined : stockProgram;
  if (held) setWasmPaths(everyFile({ [FILE]: HELD }), true);
  else if (paths) setWasmPaths(typeof paths === 'string' ? paths : everyFile(paths));
}

/** setWasmPaths requires three addresses. */
function everyFile(paths: Record<string, string>): Record<string, string> {
  const simd = paths[FILE] ?? '';
  return { 'tfjs-backend-wasm.wasm': simd, 'tfjs-backend-wasm-threaded-simd.wasm': simd, ...paths };
}

/** Runs `make`, which starts TensorFlow.js' backend. What is held as bytes goes through its platform's `fetch`, the only way in. */
export async function withStock<T>(make: () => Promise<T>): Promise<T> {
  if (!held) return make();
  const bytes = await held();
  const env = tf.env();
  const { platform } = env;
  const fetch: typeof platform.fetch = async (path, init) =>
    path === HELD ? new Response(bytes) : platform.fetch(path, init);
  env.platform = Object.assign(Object.create(platform) as typeof platform, { fetch });
  try {
    return await make();
  } finally {
    env.platform = platform;
  }
}

// What the page of browser.mjs runs: one job, against onnxruntime-web with as many threads as the address says.
import * as ort from 'onnxruntime-web/wasm';
import { startFused } from '../packages/wasm/dist/fused.js';
import { contest } from './contest.mjs';

const { fused } = await startFused();
ort.env.wasm.wasmPaths = '/ort/';

/** Called from outside, once for each page: onnxruntime-web fixes its threads when it starts. */
globalThis.runJob = (job, threads, rounds) => {
  ort.env.wasm.numThreads = threads;
  const note = threads > 1 ? ', threads' : '';
  return contest(job, { fused, ort, peer: 'onnxruntime-web', threads: [threads], settings: () => ({}), note }, rounds);
};

// The page of browser.mjs runs this: one job, against onnxruntime-web with each thread count. onnxruntime-web fixes its
// threads when it starts, so every count after the first gets its own frame and module.
import * as ort from 'onnxruntime-web/wasm';
import { startEngine } from '../packages/wasm/dist/engine.js';
import { contest } from './contest.mjs';
import { configOf, weightsOf } from './model.mjs';
import { graphsOf } from './onnx-graphs.mjs';
import { onnxRuntime } from './translators.mjs';

ort.env.wasm.wasmPaths = '/ort/';

/** onnxruntime-web with this many threads, in this frame. Called once per frame. */
globalThis.peerHere = (threads) => {
  ort.env.wasm.numThreads = threads;
  const open = ({ dim, precision, signals, logits }) => {
    const config = configOf(dim);
    return onnxRuntime(
      ort,
      config,
      graphsOf(config, weightsOf(config), { int8: precision === 'int8', signals, logits }),
    );
  };
  return { name: `onnxruntime-web, ${threads} thread${threads > 1 ? 's' : ''}`, open };
};

async function peerInFrame(threads) {
  const frame = document.createElement('iframe');
  frame.src = location.href;
  document.body.append(frame);
  while (!frame.contentWindow.peerHere) await new Promise((resolve) => setTimeout(resolve, 20));
  return frame.contentWindow.peerHere(threads);
}

/** Called from outside, once per page. */
globalThis.runJob = async (job, threads, rounds) => {
  const { engine } = await startEngine();
  const peers = [globalThis.peerHere(threads)];
  if (threads > 1) peers.push(await peerInFrame(1));
  return contest(
    job,
    { engines: { WebAssembly: engine }, threads: [threads], peers, note: threads > 1 ? ', threads' : '' },
    rounds,
  );
};

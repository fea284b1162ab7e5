// The worker: models, engines and training run here, off the page's main thread.
import { startWeb, type WebBackendName } from '@ringformer/web';
import { serveWorker } from '@ringformer/worker/host';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';

serveWorker({
  start: (options) => {
    const { backend } = options as { backend: WebBackendName };
    const wasmPaths = { 'tfjs-backend-wasm-simd.wasm': new URL(simd, import.meta.url).href };
    return startWeb({ prefer: [backend], software: true, wasm: { wasmPaths } });
  },
});

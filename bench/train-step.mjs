// One training step (forward, backward, Adam) of the translation model, d 256, ffn 1024, 8 heads, 6+6 levels,
// vocabulary 8000, 32 × 32 tokens, f32: @ringformer/wasm against the stock TensorFlow.js wasm backend, in turn.
// Usage: node bench/train-step.mjs [--rounds 2] [--json]   (after a build)
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
// Whatever the command-line program depends on, at the versions that it gets.
const require = createRequire(new URL('../packages/cli/package.json', import.meta.url));

const CONFIG = {
  dim: 256,
  mlpDim: 1024,
  heads: 8,
  encoderLevels: 6,
  decoderLevels: 6,
  sourceVocab: 8000,
  targetVocab: 8000,
};
const ROWS = 32;
const LENGTH = 32;

/** The one kernel without which the stock backend cannot train a model with embeddings, in plain JavaScript. */
function addSegmentSum(tf) {
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) {
      const width = x.size / segmentIds.size;
      const out = backend.makeOutput([numSegments, ...x.shape.slice(segmentIds.shape.length)], 'float32');
      const [from, ids, to] = [x, segmentIds, out].map((t) => backend.typedArrayFromHeap(t));
      to.fill(0);
      ids.forEach((id, row) => {
        for (let k = 0; k < width; k++) to[id * width + k] += from[row * width + k];
      });
      return out;
    },
  });
}

async function measure(kind, steps) {
  const tf = require('@tensorflow/tfjs-core');
  const core = require('@ringformer/core');
  const { decode, encode, initSeq2seq, seq2seqConfig } = require('@ringformer/seq2seq');
  if (kind === 'ours') await require('@ringformer/wasm').startWasm();
  else {
    require(createRequire(require.resolve('@ringformer/wasm')).resolve('@tensorflow/tfjs-backend-wasm'));
    require('@ringformer/wasm/gradients').registerGradients();
    await tf.setBackend('wasm');
    addSegmentSum(tf);
  }
  const { config, params } = initSeq2seq(seq2seqConfig({ ...CONFIG, tie: 'all', dropout: 0 }), 1);
  const ids = (seed, n) =>
    tf.tensor2d(
      Int32Array.from(core.randomUniform(ROWS * n, seed), (u) => 4 + Math.floor(u * 7990)),
      [ROWS, n],
      'int32',
    );
  const [source, input, labels] = [ids(1, LENGTH), ids(2, LENGTH), ids(3, LENGTH)];
  const task = {
    loss: (params) =>
      tf.tidy(() => {
        const model = { config, params };
        const { logits } = decode(model, encode(model, source), input);
        return tf.sum(core.tokenLosses(logits, labels, { padId: 0 }));
      }),
    count: () => ROWS * LENGTH,
    read: (cursor) => ({ batch: {}, next: cursor }),
  };
  let state = { params, adam: core.initAdam(params), cursor: { epoch: 0, batch: 0 } };
  const times = [];
  const losses = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const done = await core.trainStep(task, state, { schedule: () => 1e-3, seed: 1 });
    state = done.state;
    losses.push(done.report.loss);
    times.push(performance.now() - start);
  }
  const heap = tf.backend().wasm.HEAPU8?.buffer.byteLength ?? 0;
  return { times, losses, heapMB: heap / 1e6, peakMB: process.resourceUsage().maxRSS / 1024 };
}

function child(kind, steps) {
  const run = spawnSync(process.execPath, [...process.execArgv, self, '--child', kind, String(steps)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (run.status !== 0) throw new Error(`${kind}: ${run.stderr}`);
  return JSON.parse(run.stdout.trim().split('\n').at(-1));
}

const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1];

if (process.argv[2] === '--child') {
  console.log(JSON.stringify(await measure(process.argv[3], Number(process.argv[4]))));
} else {
  const at = process.argv.indexOf('--rounds');
  const rounds = at > 0 ? Number(process.argv[at + 1]) : 2;
  const found = { ours: [], stock: [] };
  for (let i = 0; i < rounds; i++) {
    found.stock.push(child('stock', 2));
    found.ours.push(child('ours', 5));
  }
  const summary = Object.fromEntries(
    Object.entries(found).map(([kind, runs]) => {
      const times = runs.flatMap((run) => run.times.slice(1)); // the first step compiles and allocates
      return [
        kind,
        {
          ms: median(times),
          fastest: Math.min(...times),
          slowest: Math.max(...times),
          losses: runs[0].losses.slice(0, 2),
          heapMB: runs[0].heapMB,
          peakMB: Math.max(...runs.map((run) => run.peakMB)),
        },
      ];
    }),
  );
  const ratio = summary.stock.ms / summary.ours.ms;
  if (process.argv.includes('--json')) console.log(JSON.stringify({ node: process.version, ...summary, ratio }));
  else {
    for (const [kind, { ms, fastest, slowest, losses, heapMB, peakMB }] of Object.entries(summary)) {
      console.log(
        `${kind.padEnd(5)} ${ms.toFixed(0).padStart(6)} ms a step (${fastest.toFixed(0)}–${slowest.toFixed(0)}), wasm heap ${heapMB.toFixed(0)} MB, peak ${peakMB.toFixed(0)} MB, losses ${losses.map((x) => x.toFixed(4)).join(', ')}`,
      );
    }
    console.log(`stock / ours = ${ratio.toFixed(1)} on Node ${process.version}`);
  }
}

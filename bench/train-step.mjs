// One training step (forward, backward, Adam) of the translation model, d 256, ffn 1024, 8 heads, 6+6 levels,
// vocabulary 8000, 32 × 32 tokens, f32, in turns: @ringformer/wasm in WebAssembly and on native kernels, with one thread and
// with two that split each kernel or the batch, the stock TensorFlow.js wasm backend, and PyTorch (train_step.py) if you name a
// Python that has it.
// Usage: node bench/train-step.mjs [--rounds 2] [--kinds wasm,native2,…] [--python python3] [--json]   (after a build)
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const self = fileURLToPath(import.meta.url);
// The dependencies of the command-line program, at the same versions.
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
/** Ours: `threads` split each native kernel, two `workers` split the batch. */
const OURS = {
  wasm: { native: false, threads: 1, workers: 1 },
  wasm2: { native: false, threads: 1, workers: 2 },
  native: { native: 'auto', threads: 1, workers: 1 },
  native2: { native: 'auto', threads: 2, workers: 1 },
  nativeWorkers: { native: 'auto', threads: 1, workers: 2 },
};
/** What else each is compared with. */
const PEERS = { native: ['wasm'], native2: ['wasm2', 'nativeWorkers'] };
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

/** The model, and the sum of the losses over rows `from` to `to` of the batch. */
async function prepare(kind) {
  const tf = require('@tensorflow/tfjs-core');
  const core = require('@ringformer/core');
  const { decode, encode, initSeq2seq, seq2seqConfig } = require('@ringformer/seq2seq');
  if (kind === 'stock') {
    require(createRequire(require.resolve('@ringformer/wasm')).resolve('@tensorflow/tfjs-backend-wasm'));
    require('@ringformer/core/gradients').registerGradients();
    await tf.setBackend('wasm');
    addSegmentSum(tf);
  } else {
    const { enableRelaxedSimd, enableWideVectors, startWasm } = require('@ringformer/wasm');
    enableRelaxedSimd();
    enableWideVectors();
    const { native, threads } = OURS[kind];
    await startWasm({ native, threads });
  }
  const { config, params } = initSeq2seq(seq2seqConfig({ ...CONFIG, tie: 'all', dropout: 0 }), 1);
  const ids = (seed, [from, to]) =>
    tf.tensor2d(
      Int32Array.from(core.randomUniform(ROWS * LENGTH, seed), (u) => 4 + Math.floor(u * 7990)).slice(
        from * LENGTH,
        to * LENGTH,
      ),
      [to - from, LENGTH],
      'int32',
    );
  const loss = (params, rows) =>
    tf.tidy(() => {
      const model = { config, params };
      const { logits } = decode(model, encode(model, ids(1, rows)), ids(2, rows));
      return tf.sum(core.tokenLosses(logits, ids(3, rows), { padId: 0 }));
    });
  return { tf, core, params, loss };
}

/** Computes the other half of each batch in another thread; weights and gradients are exchanged in shared memory. */
function helper(kind, core, params, rows) {
  const size = core.countParams(params);
  const [weights, gradient] = [0, 1].map(() => new Float32Array(new SharedArrayBuffer(4 * size)));
  const worker = new Worker(self, { workerData: { kind, weights, gradient, rows } });
  return async (params) => {
    core.packTree(params, weights);
    const answer = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    worker.postMessage(0);
    return async () => ({ loss: await answer, grads: core.unpackTree(params, gradient) });
  };
}

async function help({ kind, weights, gradient, rows }) {
  const { tf, core, params: shapes, loss } = await prepare(kind);
  parentPort.on('message', async () => {
    const params = core.unpackTree(shapes, weights);
    const { value, grads } = core.valueAndGrads((params) => loss(params, rows), params);
    core.packTree(grads, gradient);
    const [sum] = await value.data();
    tf.dispose([value, core.leaves(grads), core.leaves(params)]);
    parentPort.postMessage(sum);
  });
}

async function measure(kind, steps) {
  const { tf, core, params, loss } = await prepare(kind);
  const shared = OURS[kind]?.workers === 2;
  const own = [0, shared ? ROWS / 2 : ROWS];
  const count = (own[1] - own[0]) * LENGTH;
  const task = {
    loss: (params) => loss(params, own),
    count: () => count,
    read: (cursor) => ({ batch: {}, next: cursor }),
  };
  const ask = shared ? helper(kind, core, params, [ROWS / 2, ROWS]) : undefined;
  const compute = ask
    ? async function* (params, work) {
        const answer = await ask(params);
        yield* core.computeHere(task)(params, work);
        yield { count, ...(await answer()) };
      }
    : undefined;
  let state = { params, adam: core.initAdam(params), cursor: { epoch: 0, batch: 0 } };
  const times = [];
  const processor = [];
  const losses = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const before = process.cpuUsage();
    const done = await core.trainStep(task, state, { schedule: () => 1e-3, seed: 1 }, compute);
    state = done.state;
    losses.push(done.report.loss);
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
  }
  const heap = tf.backend().wasm.HEAPU8?.buffer.byteLength ?? 0;
  return { times, processor, losses, heapMB: heap / 1e6, peakMB: process.resourceUsage().maxRSS / 1024 };
}

function child(kind, steps) {
  const python = kind === 'torch';
  const [program, args] = python
    ? [flags.python, [fileURLToPath(new URL('./train_step.py', import.meta.url)), String(steps)]]
    : [process.execPath, [...process.execArgv, self, '--child', kind, '--steps', String(steps)]];
  const run = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`${kind}: ${run.error?.message ?? run.stderr}`);
  return JSON.parse(run.stdout.trim().split('\n').at(-1));
}

const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1];

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    python: { type: 'string' },
    kinds: { type: 'string' },
    json: { type: 'boolean', default: false },
    child: { type: 'string' },
    steps: { type: 'string' },
  },
});

async function main() {
  const fromWasm = createRequire(require.resolve('@ringformer/wasm'));
  const { addon, why, variant } = fromWasm('@ringformer/native').findNative();
  console.error(addon ? `Native kernels: ${variant.name}.` : `No native kernels: ${why}.`);
  const kinds = (flags.kinds?.split(',') ?? ['stock', ...Object.keys(OURS), ...(flags.python ? ['torch'] : [])]).filter(
    (kind) => addon || !OURS[kind]?.native,
  );
  const STEPS = Object.fromEntries(kinds.map((kind) => [kind, kind === 'stock' ? 2 : 6]));
  const found = Object.fromEntries(Object.keys(STEPS).map((kind) => [kind, []]));
  for (let i = 0; i < Number(flags.rounds); i++) {
    for (const [kind, steps] of Object.entries(STEPS)) found[kind].push(child(kind, steps));
  }
  const summary = Object.fromEntries(
    Object.entries(found).map(([kind, runs]) => {
      const times = runs.flatMap((run) => run.times.slice(1)); // the first step compiles and allocates
      const [ms, fastest, slowest] = [median(times), Math.min(...times), Math.max(...times)];
      const { losses, heapMB } = runs[0];
      return [
        kind,
        {
          ms,
          fastest,
          slowest,
          processorMs: median(runs.flatMap((run) => run.processor?.slice(1) ?? [])),
          losses: losses.slice(0, 2),
          heapMB,
          peakMB: Math.max(...runs.map((run) => run.peakMB)),
        },
      ];
    }),
  );
  const ratios = Object.fromEntries(
    Object.keys(OURS).flatMap((kind) =>
      ['stock', 'torch', ...(PEERS[kind] ?? [])]
        .filter((peer) => summary[kind] && summary[peer])
        .map((peer) => [`${peer} / ${kind}`, summary[peer].ms / summary[kind].ms]),
    ),
  );
  if (flags.json) return console.log(JSON.stringify({ node: process.version, ...summary, ratios }));
  for (const [kind, { ms, fastest, slowest, processorMs, losses, heapMB, peakMB }] of Object.entries(summary)) {
    const heap = heapMB === undefined ? '' : `wasm heap ${heapMB.toFixed(0)} MB, `;
    const processor = processorMs === undefined ? '' : `, ${processorMs.toFixed(0)} ms of processor time`;
    console.log(
      `${kind.padEnd(13)} ${ms.toFixed(0).padStart(6)} ms a step (${fastest.toFixed(0)}–${slowest.toFixed(0)})${processor}, ${heap}peak ${peakMB.toFixed(0)} MB, losses ${losses.map((x) => x.toFixed(4)).join(', ')}`,
    );
  }
  for (const [pair, ratio] of Object.entries(ratios))
    console.log(`${pair} = ${ratio.toFixed(2)} on Node ${process.version}`);
}

if (!isMainThread) await help(workerData);
else if (flags.child) {
  console.log(JSON.stringify(await measure(flags.child, Number(flags.steps))));
  process.exit(0); // a helper thread would keep waiting
} else await main();

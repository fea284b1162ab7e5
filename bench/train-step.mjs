// One training step (forward, backward, Adam) of the translation model, d 256, ffn 1024, 8 heads, 6+6 levels,
// vocabulary 8000, 32 × 32 tokens, in turns: @ringformer/wasm on WebAssembly, with one thread and with two that split the
// batch; with the native kernels of @ringformer/native, on one thread and on two, and in bfloat16 and float16; the stock TensorFlow.js wasm
// backend; and PyTorch (train_step.py) for every Python you name that has it.
// Usage: node bench/train-step.mjs [--rounds 2] [--only native2,torch] [--python PYTHON --python …]   (after a build)
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { findNative } from '../packages/native/dist/index.js';
import { describe, peaks, processor } from './machine.mjs';

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
/** Our contestants, by how the backend is started. */
const OURS = {
  wasm: { native: false },
  wasm2: { native: false }, // two threads that split the batch
  native1: { threads: 1 },
  native2: { threads: 2 },
  bf16: { threads: 2, products: 'bf16' },
  f16: { threads: 2, products: 'f16' },
};
/** The products of one step, multiplications and additions counted. */
const GIGA_OPERATIONS = 78.6;
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
    await startWasm(OURS[kind]);
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
function helper(core, params, rows) {
  const size = core.countParams(params);
  const [weights, gradient] = [0, 1].map(() => new Float32Array(new SharedArrayBuffer(4 * size)));
  const worker = new Worker(self, { workerData: { weights, gradient, rows } });
  return async (params) => {
    core.packTree(params, weights);
    const answer = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    worker.postMessage(0);
    return async () => ({ loss: await answer, grads: core.unpackTree(params, gradient) });
  };
}

async function help({ weights, gradient, rows }) {
  const { tf, core, params: shapes, loss } = await prepare('wasm');
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
  const { core, params, loss } = await prepare(kind);
  const shared = kind === 'wasm2';
  const own = [0, shared ? ROWS / 2 : ROWS];
  const count = (own[1] - own[0]) * LENGTH;
  const task = {
    loss: (params) => loss(params, own),
    count: () => count,
    read: (cursor) => ({ batch: {}, next: cursor }),
  };
  const ask = shared ? helper(core, params, [ROWS / 2, ROWS]) : undefined;
  const compute = ask
    ? async function* (params, work) {
        const answer = await ask(params);
        yield* core.computeHere(task)(params, work);
        yield { count, ...(await answer()) };
      }
    : undefined;
  let state = { params, adam: core.initAdam(params), cursor: { epoch: 0, batch: 0 } };
  const times = [];
  const losses = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const done = await core.trainStep(task, state, { schedule: () => 1e-3, seed: 1 }, compute);
    state = done.state;
    losses.push(done.report.loss);
    times.push(performance.now() - start);
  }
  return { times, losses, peakMB: process.resourceUsage().maxRSS / 1024 };
}

function child(kind, steps) {
  const python = pythons[kind];
  const [program, args] = python
    ? [python, [fileURLToPath(new URL('./train_step.py', import.meta.url)), String(steps)]]
    : [process.execPath, [...process.execArgv, self, '--child', kind, '--steps', String(steps)]];
  const run = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`${kind}: ${run.error?.message ?? run.stderr}`);
  return JSON.parse(run.stdout.trim().split('\n').at(-1));
}

const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1];

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    python: { type: 'string', multiple: true, default: [] },
    only: { type: 'string' },
    child: { type: 'string' },
    steps: { type: 'string' },
  },
});
/** The Pythons by their PyTorch's version. MKL before 2021 takes its slow path on AMD unless it is told not to. */
const pythons = {};

async function main() {
  for (const python of flags.python) {
    const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
      encoding: 'utf8',
    });
    if (status === 0) pythons[`torch ${stdout.trim()}`] = python;
    else console.error(`${python} does not have torch, so it takes no part.`);
  }
  process.env.MKL_DEBUG_CPU_TYPE ??= '5';
  const native = findNative();
  if (!native.addon) console.error(`The native kernels take no part: ${native.why}.`);
  const can = { bf16: native.variant?.bfloat16, f16: native.variant?.float16 };
  const ours = Object.keys(OURS).filter((kind) => kind.startsWith('wasm') || (native.addon && (can[kind] ?? true)));
  const wanted = (kind) => !flags.only || flags.only.split(',').some((name) => kind.startsWith(name));
  const kinds = [...ours, 'stock', ...Object.keys(pythons)].filter(wanted);
  const machine = { ...processor(), peaks: await peaks() };
  console.log(describe(machine, machine.peaks));
  const found = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let i = 0; i < Number(flags.rounds); i++) {
    for (const kind of kinds) found[kind].push(child(kind, kind === 'stock' ? 2 : 6));
  }
  const summary = Object.entries(found).map(([kind, runs]) => {
    const times = runs.flatMap((run) => run.times.slice(1)); // the first step compiles and allocates
    return {
      kind,
      ms: median(times),
      fastest: Math.min(...times),
      slowest: Math.max(...times),
      losses: runs[0].losses.slice(0, 2),
      peakMB: Math.max(...runs.map((run) => run.peakMB)),
    };
  });
  const peers = summary.filter(({ kind }) => !(kind in OURS));
  const rows = summary.map(({ kind, ms, fastest, slowest, losses, peakMB }) => {
    const ratios = peers.map((peer) => (kind in OURS ? `${(peer.ms / ms).toFixed(2)}×` : ''));
    const cells = [
      `${ms.toFixed(0)} (${fastest.toFixed(0)}–${slowest.toFixed(0)})`,
      ((GIGA_OPERATIONS / ms) * 1000).toFixed(0),
    ];
    return `| ${[kind, ...cells, ...ratios, peakMB.toFixed(0), losses.map((x) => x.toFixed(4)).join(', ')].join(' | ')} |`;
  });
  const heads = ['who', 'ms', 'GFLOP/s', ...peers.map(({ kind }) => `over ${kind}`), 'peak MB', 'losses'];
  const text = [
    describe(machine, machine.peaks),
    '',
    'One training step, milliseconds, median (least–most), and what that is in GFLOP/s of products. `wasm2`: two threads that split the',
    'batch; `native1`, `native2`: native kernels on one thread and on two; `bf16`: two threads, products of bfloat16 numbers with',
    "float32 sums; `f16`: of float16 numbers; `stock`: the wasm backend of TensorFlow.js; PyTorch on two threads, float32. Ratios: the peer's time over ours.",
    '',
    `| ${heads.join(' | ')} |`,
    `|${' --- |'.repeat(heads.length)}`,
    ...rows,
    '',
  ].join('\n');
  console.log(text);
  const file = new URL(`./results/train-node${process.versions.node.split('.')[0]}`, import.meta.url);
  writeFileSync(`${fileURLToPath(file)}.md`, text);
  writeFileSync(`${fileURLToPath(file)}.json`, `${JSON.stringify({ machine, summary }, null, 2)}\n`);
}

if (!isMainThread) await help(workerData);
else if (flags.child) {
  console.log(JSON.stringify(await measure(flags.child, Number(flags.steps))));
  process.exit(0); // a helper thread would keep waiting
} else await main();

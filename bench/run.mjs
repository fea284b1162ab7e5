// Our fused engine beside ONNX Runtime (native), on the same jobs with the same weights; results/ gets the figures.
// Usage, after `npm run build` and `npm ci --prefix bench --ignore-scripts`:
//   node bench/run.mjs [--jobs J1,J2] [--dims 256,512] [--rounds 5] [--name node]
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measure } from './measure.mjs';
import { configOf, sentences, weightsOf } from './model.mjs';
import { report, table } from './report.mjs';
import { onnxRuntime, ours } from './translators.mjs';

const { values: flags } = parseArgs({
  options: {
    jobs: { type: 'string', default: 'J1,J2' },
    dims: { type: 'string', default: '256,512' },
    rounds: { type: 'string', default: '5' },
    name: { type: 'string', default: 'node' },
  },
});

const LENGTH = 32;
const JOBS = [
  { id: 'J1', what: 'one sentence', rows: 1, dim: 256, precision: 'f32', must: 2 },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 256, precision: 'int8', must: 2 },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 512, precision: 'f32', must: 1.5 },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 512, precision: 'int8', must: 1.4 },
  { id: 'J2', what: '16 sentences', rows: 16, dim: 256, precision: 'f32', must: 0.8 },
];

const peer = await import('onnxruntime-node').catch(() => {
  console.error('The peers are not installed: npm ci --prefix bench --ignore-scripts');
  process.exit(1);
});
const ort = peer.default ?? peer;
const { graphsOf } = await import('./onnx.mjs');
const { enableRelaxedSimd, startFused } = await import('../packages/wasm/dist/fused.js');
enableRelaxedSimd();
const { fused } = await startFused();
const threadCounts = availableParallelism() > 1 ? [1, 2] : [1];

/** Every variant of a job that could be somebody's best: by threads, and by how ONNX gets the level signals. */
async function contestants({ dim, precision }, options = {}) {
  const config = configOf(dim);
  const weights = weightsOf(config);
  const all = { ours: {}, peers: {} };
  for (const threads of threadCounts) {
    all.ours[`${threads} thread${threads > 1 ? 's' : ''}`] = await ours(fused, config, weights, { precision, threads });
    for (const signals of ['thin', 'merged']) {
      const graphs = graphsOf(config, weights, { int8: precision === 'int8', signals, ...options });
      const name = `onnxruntime-node, ${threads} thread${threads > 1 ? 's' : ''}, signals ${signals}`;
      all.peers[name] = await onnxRuntime(ort, config, graphs, { intraOpNumThreads: threads, interOpNumThreads: 1 });
    }
  }
  return {
    config,
    ...all,
    end: () => Promise.all(Object.values({ ...all.ours, ...all.peers }).map((one) => one.end())),
  };
}

/** The largest difference of logits while both translate, relative to their spread; f32 must agree, int8 come near. */
async function checkAgreement(job, sources) {
  const few = sources.slice(0, 2);
  const { ours, peers, end } = await contestants(job, { logits: true });
  const [reference, ...others] = [Object.values(ours)[0], ...Object.values(peers)];
  const wanted = [];
  await reference.run(few, 8, (_, logits) => wanted.push(Float32Array.from(logits)));
  const spread = Math.hypot(...wanted[0]) / Math.sqrt(wanted[0].length);
  for (const other of others) {
    let worst = 0;
    await other.run(few, 8, (i, logits) => {
      wanted[i].forEach((x, at) => (worst = Math.max(worst, Math.abs(x - logits[at]))));
    });
    const allowed = job.precision === 'f32' ? 1e-3 : spread;
    if (!(worst <= allowed))
      throw new Error(`${job.id} ${job.precision}: logits differ by ${worst}, ${allowed} allowed.`);
  }
  await end();
}

const jobs = [];
for (const job of JOBS) {
  if (!flags.jobs.split(',').includes(job.id) || !flags.dims.split(',').includes(String(job.dim))) continue;
  const title = `${job.id} ${job.what}, d ${job.dim}, ${job.precision}`;
  const sources = sentences(job.rows, LENGTH);
  await checkAgreement(job, sources);
  const { ours, peers, end } = await contestants(job);
  const runners = Object.fromEntries(
    Object.entries({ ...ours, ...peers }).map(([name, one]) => [name, () => one.run(sources, LENGTH)]),
  );
  const times = await measure(runners, { rounds: Number(flags.rounds) });
  await end();
  const best = (names) => Object.keys(names).sort((a, b) => times[a].median - times[b].median)[0];
  const [mine, theirs] = [best(ours), best(peers)];
  jobs.push({
    job: title,
    ours: { name: mine, ...times[mine] },
    peers: Object.fromEntries(Object.keys(peers).map((name) => [name, times[name]])),
    best: theirs,
    ratio: times[theirs].median / times[mine].median,
    must: job.must,
  });
  console.log(table(jobs.slice(-1)));
}
const { model } = cpus()[0];
report(flags.name, `${availableParallelism()} cores (${model.trim()}), Node.js ${process.versions.node}`, jobs);
console.log(table(jobs));
process.exit(0); // ONNX Runtime's threads would go on

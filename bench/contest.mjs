// One job: all contestants, the check that they agree, the timing, and who is the best of each side.
import { measure } from './measure.mjs';
import { configOf, sentences, weightsOf } from './model.mjs';
import { graphsOf } from './onnx.mjs';
import { onnxRuntime, ours } from './translators.mjs';

/** Tokens read, and tokens written. */
const LENGTH = 32;

export const JOBS = [
  { id: 'J1', what: 'one sentence', rows: 1, dim: 256, precision: 'f32' },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 256, precision: 'int8' },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 512, precision: 'f32' },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 512, precision: 'int8' },
  { id: 'J2', what: '16 sentences', rows: 16, dim: 256, precision: 'f32' },
];

/**
 * Every variant of a job that could be somebody's best: by threads, and by how ONNX gets the level signals.
 * `place`: { fused, threads: counts to try, peer: the name of ONNX Runtime's module, open(graphs, threads) → translator }
 */
async function contestants({ dim, precision }, place, options = {}) {
  const config = configOf(dim);
  const weights = weightsOf(config);
  const all = { ours: {}, peers: {} };
  for (const threads of place.threads) {
    const count = `${threads} thread${threads > 1 ? 's' : ''}`;
    all.ours[count] = await ours(place.fused, config, weights, { precision, threads });
    for (const signals of ['thin', 'merged']) {
      const graphs = graphsOf(config, weights, { int8: precision === 'int8', signals, ...options });
      all.peers[`${place.peer}, ${count}, ${signals === 'thin' ? 'shared weights' : 'a copy for each level'}`] =
        await onnxRuntime(place.ort, config, graphs, place.settings(threads));
    }
  }
  return { ...all, end: () => Promise.all(Object.values({ ...all.ours, ...all.peers }).map((one) => one.end())) };
}

/** Stops where logits differ: by more than 1e-3 in float32, by more than their spread in int8. */
async function checkAgreement(job, place, sources) {
  const few = sources.slice(0, 2);
  const { ours, peers, end } = await contestants(job, place, { logits: true });
  const [reference, ...others] = [Object.values(ours)[0], ...Object.values(peers)];
  const wanted = [];
  await reference.run(few, 8, (_, logits) => wanted.push(Float32Array.from(logits)));
  const spread = Math.hypot(...wanted[0]) / Math.sqrt(wanted[0].length);
  const allowed = job.precision === 'f32' ? 1e-3 : spread;
  for (const other of others) {
    let worst = 0;
    await other.run(few, 8, (i, logits) => {
      wanted[i].forEach((x, at) => (worst = Math.max(worst, Math.abs(x - logits[at]))));
    });
    if (!(worst <= allowed))
      throw new Error(`${job.id} ${job.precision}: logits differ by ${worst}, ${allowed} allowed.`);
  }
  await end();
}

/** → { job, ours, peers, best, ratio, ratioToAny, must }: to the best peer with shared weights, and to any. */
export async function contest(job, place, rounds) {
  const sources = sentences(job.rows, LENGTH);
  await checkAgreement(job, place, sources);
  const { ours, peers, end } = await contestants(job, place);
  const runners = Object.fromEntries(
    Object.entries({ ...ours, ...peers }).map(([name, one]) => [name, () => one.run(sources, LENGTH)]),
  );
  const times = await measure(runners, { rounds });
  await end();
  const best = (names) => Object.keys(names).sort((a, b) => times[a].median - times[b].median)[0];
  const shared = Object.fromEntries(Object.entries(peers).filter(([name]) => name.endsWith('shared weights')));
  const [mine, theirs, any] = [best(ours), best(shared), best(peers)];
  return {
    job: `${job.id} ${job.what}, d ${job.dim}, ${job.precision}${place.note ?? ''}`,
    ours: { name: mine, ...times[mine] },
    peers: Object.fromEntries(Object.keys(peers).map((name) => [name, times[name]])),
    best: theirs,
    ratio: times[theirs].median / times[mine].median,
    ratioToAny: times[any].median / times[mine].median,
    must: job.must,
  };
}

// One job: all contestants, the check that they agree, the timing, and the best of each side.
import { measure, standings } from './measure.mjs';
import { configOf, sentences, weightsOf } from './model.mjs';
import { ours } from './translators.mjs';

/** Tokens read, and tokens written. */
export const LENGTH = 32;

/** The share of int8 contestants' likeliest tokens that must match float32. */
const AGREEMENT = 0.9;

export const JOBS = [
  { id: 'J1', what: 'one sentence', rows: 1, dim: 256, precision: 'f32' },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 256, precision: 'int8' },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 512, precision: 'f32' },
  { id: 'J1', what: 'one sentence', rows: 1, dim: 512, precision: 'int8' },
  { id: 'J2', what: '16 sentences', rows: 16, dim: 256, precision: 'f32' },
  { id: 'J2', what: '16 sentences', rows: 16, dim: 256, precision: 'int8' },
];

const counted = (threads) => `${threads} thread${threads > 1 ? 's' : ''}`;

/**
 * Every variant of a job that could be a contestant's best: by threads, and by how ONNX gets the level signals.
 * `place`: { engines: by name, the best first; threads: counts to try; peers: [{ name, open({ dim, precision, signals,
 * logits }) → translator }]; likes: the same for models that are only as large, which open({ dim, precision, rows, length }) }
 */
async function contestants({ dim, precision }, place, { logits = false } = {}) {
  const config = configOf(dim);
  const weights = weightsOf(config);
  const all = { ours: {}, peers: {} };
  for (const [name, engine] of Object.entries(place.engines)) {
    for (const threads of place.threads) {
      all.ours[`${name}, ${counted(threads)}`] = await ours(engine, config, weights, { precision, threads });
    }
  }
  for (const { name, open } of place.peers) {
    for (const signals of ['thin', 'merged']) {
      const which = signals === 'thin' ? 'shared weights' : 'a copy for each level';
      all.peers[`${name}, ${which}`] = await open({ dim, precision, signals, logits });
    }
  }
  return { ...all, end: () => Promise.all(Object.values({ ...all.ours, ...all.peers }).map((one) => one.end())) };
}

/**
 * All read the same two sentences of random tokens and are compared with our float32 logits. Float32 must be within 1e-3 of
 * them; int8, which each side rounds differently, must find the same likeliest token for `AGREEMENT` of the tokens.
 * → the lowest agreement
 */
async function checkAgreement(job, place) {
  const [sources, forced] = [sentences(2, LENGTH), sentences(2, LENGTH, 11)];
  const logitsOf = async (one) => {
    const steps = [];
    await one.run(sources, LENGTH, (_, logits) => steps.push(Float32Array.from(logits)), forced);
    return steps;
  };
  const config = configOf(job.dim);
  const float = await ours(Object.values(place.engines).at(-1), config, weightsOf(config));
  const expected = await logitsOf(float);
  await float.end();
  const likeliest = (logits) =>
    [0, 1].map((row) => argMax(logits.subarray((row * logits.length) / 2).subarray(0, logits.length / 2)));
  const { ours: own, peers, end } = await contestants(job, place, { logits: true });
  let least = 1;
  for (const [name, one] of Object.entries({ ...own, ...peers })) {
    const found = await logitsOf(one);
    const worst = Math.max(...found.map((logits, i) => furthest(logits, expected[i])));
    const same = found.flatMap((logits, i) => likeliest(logits).map((id, row) => id === likeliest(expected[i])[row]));
    const agreement = same.filter(Boolean).length / same.length;
    least = Math.min(least, agreement);
    if (job.precision === 'f32' ? worst <= 1e-3 : agreement >= AGREEMENT) continue;
    throw new Error(
      `${job.id} d ${job.dim} ${job.precision}, ${name}: logits differ by ${worst}, ${agreement} of the likeliest tokens agree.`,
    );
  }
  await end();
  return least;
}

const argMax = (values) => values.reduce((best, x, i) => (x > values[best] ? i : best), 0);
const furthest = (a, b) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

/** → the job, its standings (see measure.mjs: the fair peers have shared weights and one thread count), and the agreement */
export async function contest(job, place, rounds) {
  const sources = sentences(job.rows, LENGTH);
  const agreement = await checkAgreement(job, place);
  const { ours, peers, end } = await contestants(job, place);
  const likes = {};
  for (const { name, open } of place.likes ?? []) likes[name] = await open({ ...job, length: LENGTH });
  const runners = Object.fromEntries(
    Object.entries({ ...ours, ...peers, ...likes }).map(([name, one]) => [name, () => one.run(sources, LENGTH)]),
  );
  const times = await measure(runners, { rounds });
  await end();
  for (const one of Object.values(likes)) await one.end();
  const fair = Object.keys(peers).filter((name) => name.endsWith('shared weights') && !name.includes('encoder'));
  return {
    ...job,
    job: `${job.id} ${job.what}, d ${job.dim}, ${job.precision}${place.note ?? ''}`,
    ...standings(times, { engines: place.engines, ours, peers, likes, fair }),
    agreement,
  };
}

// Models in a worker and their files in Cache Storage, step by step: tools/browser/models.spec.ts calls these in Chromium.
import { startWorker } from '@ringformer/worker';
import { openModel } from '@ringformer/worker/files';

const DE_EN = '/models/de-en/model.json';
const FASHION = '/models/fashion/model.json';

const start = () => startWorker(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));

/** An error as plain data that can be passed to Node.js. */
const plain = (error) => ({ name: error.name, code: error.code, message: error.message });

async function opened(at) {
  const warnings = [];
  const progress = [];
  try {
    const model = await openModel(at, {
      onWarning: (message) => warnings.push(message),
      onProgress: (bytes) => progress.push(bytes),
      retry: { delay: 10 },
    });
    const weights = await model.readBytes(model.files.weights);
    return { fresh: model.fresh, kept: model.kept, bytes: weights.length, last: progress.at(-1), warnings };
  } catch (error) {
    return { error: plain(error), warnings };
  }
}

async function translated(worker) {
  const warnings = [];
  const progress = [];
  const translator = await worker.loadTranslator(DE_EN, {
    onWarning: (message) => warnings.push(message),
    onProgress: (bytes) => progress.push(bytes),
    threads: 2,
  });
  const translation = await translator.translate('Wo ist der Bahnhof?');
  const pieces = [];
  for await (const piece of translator.stream('Wo ist der Bahnhof?')) pieces.push(piece);
  return {
    translator,
    found: { translation, pieces, last: progress.at(-1), warnings, fresh: translator.fresh, kept: translator.kept },
  };
}

/** Dark squares with a bright half; the page makes the same ones every time. */
function squares(count) {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 4);
  const pixels = Uint8Array.from({ length: count * 64 }, (_, at) => {
    const [y, x] = [(at >> 3) & 7, at & 7];
    return ([y < 4, y >= 4, x < 4, x >= 4][labels[at >> 6]] ? 150 : 40) + ((Math.imul(at, 0x9e3779b1) >>> 24) % 60);
  });
  return { pixels, labels, width: 8, height: 8, channels: 1, classes: ['above', 'below', 'left', 'right'] };
}

const JOB = {
  data: squares(200),
  model: { dim: 16, heads: 2, levels: 2, mlpDim: 32, rank: 2, ffnRank: 2, dropout: 0.1 },
  steps: 60,
  batchSize: 16,
  lr: 3e-3,
  warmup: 5,
};

let worker;
let inFlight;

globalThis.steps = {
  opened: () => opened(DE_EN),
  fashion: () => opened(FASHION),
  keys: async () => (await (await caches.open('ringformer-models')).keys()).map(({ url }) => url),

  async translate() {
    worker = await start();
    const { translator, found } = await translated(worker);
    const controller = new AbortController();
    const reason = new Error('enough');
    const texts = Array.from({ length: 500 }, (_, i) => `Der Hund ${i} schläft.`);
    const options = {
      batchSize: 1,
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(reason),
    };
    const aborted = await translator.translateBatch(texts, options).catch((error) => error === reason);
    const refused = await translator.translate('Hund', { beams: 0 }).catch(plain);
    return { ...found, aborted, refused, isolated: crossOriginIsolated };
  },

  /** Starts calls; the worker is killed before they end. */
  async beginLong() {
    const translator = await worker.loadTranslator(DE_EN, { threads: 1 });
    const texts = Array.from({ length: 5000 }, (_, i) => `Der Hund ${i} schläft in dem Haus.`);
    inFlight = Promise.all([
      translator.translateBatch(texts).catch(plain),
      worker.train({ ...JOB, steps: 100_000 }).catch(plain),
      worker.ended.then(plain),
    ]);
  },
  outcome: () => inFlight,

  async classify() {
    worker = await start();
    const classifier = await worker.loadClassifier(FASHION);
    const data = Uint8Array.from({ length: 28 * 28 }, (_, i) => (i * 7) & 255);
    const [[guess]] = await classifier.classify([{ width: 28, height: 28, channels: 1, data }], { top: 1 });
    worker.terminate();
    return guess;
  },

  async trainWhole() {
    worker = await start();
    const kept = [];
    const { accuracy } = await worker.train(JOB, { onCheckpoint: (bytes) => void kept.push(bytes) });
    await (await caches.open('whole')).put('/checkpoint', new Response(kept.at(-1)));
    return accuracy;
  },
  async trainHalf() {
    const controller = new AbortController();
    const runs = await caches.open('runs');
    const hooks = {
      signal: controller.signal,
      onStep: ({ step }) => step === 25 && controller.abort(),
      onCheckpoint: (bytes, step) => runs.put('/checkpoint', new Response(bytes, { headers: { step } })),
    };
    return worker.train(JOB, hooks).catch(plain);
  },
  async trainRest() {
    const found = async (name) => (await caches.open(name)).match('/checkpoint');
    const stored = async (name) => new Uint8Array(await (await found(name)).arrayBuffer());
    const stopped = Number((await found('runs')).headers.get('step')); // the abort needs a moment to reach the worker
    const steps = [];
    const kept = [];
    worker = await start();
    await worker.train(
      { ...JOB, checkpoint: await stored('runs') },
      { onStep: ({ step }) => steps.push(step), onCheckpoint: (bytes) => void kept.push(bytes) },
    );
    worker.terminate();
    const [last, whole] = [kept.at(-1), await stored('whole')];
    return {
      inTime: stopped >= 25 && stopped < 60,
      behind: steps[0] - stopped,
      last: steps.at(-1),
      same: whole.length === last.length && whole.every((x, i) => x === last[i]),
    };
  },
};
globalThis.ready = true;

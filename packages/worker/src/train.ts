import {
  type Backend,
  beginTraining,
  changedSettings,
  countParams,
  disposeState,
  RingformerError,
  resumeTraining,
  train,
  UPDATE_DEFAULTS,
  updateOptions,
  writeTrainState,
} from '@ringformer/core';
import { batchSource, type Dataset, subset, type Transform, testBatches, transformImage } from '@ringformer/images';
import {
  type AnyParams,
  architectureOf,
  initVit,
  saveVit,
  type VitConfig,
  vitConfig,
  writeConfig,
} from '@ringformer/vit';
import { imageTask, judgeImages, type Kind } from '@ringformer/vit/train';
import type { OwnBytes } from './bytes.ts';
import { datasetOf } from './dataset.ts';
import { sha256 } from './files/digest.ts';
import { isLost } from './live.ts';
import { checkJob } from './train-check.ts';
import type { Trained, TrainHooks, TrainJob } from './train-job.ts';

/**
 * Trains a RingFormer on images, on the backend that TensorFlow.js currently uses.
 * @throws RingformerError 'no-backend' if it lacks gradients; 'lost' if its GPU is lost (the last checkpoint is still good);
 * 'diverged', 'bad-argument', 'bad-config', 'bad-checkpoint'; the signal's reason, after `onCheckpoint`.
 */
export async function trainClassifier(
  backend: Backend,
  job: TrainJob,
  hooks: TrainHooks = {},
  signal?: AbortSignal,
): Promise<Trained> {
  checkJob(job, hooks, signal);
  if (!backend.trains) {
    throw new RingformerError(
      'no-backend',
      `[ringformer/worker] The backend '${backend.name}' has no gradient kernels. Train on wasm.`,
    );
  }
  const hold = () => {
    if (!isLost(backend)) return;
    throw new RingformerError(
      'lost',
      `[ringformer/worker] The GPU was lost while training on '${backend.name}'. The last checkpoint is still good: resume from it.`,
    );
  };
  const { learn, valid, config, transform, settings } = await prepare(job);
  const kind: Kind = { config };
  const { batchSize: size, seed, smoothing, mixup } = settings;
  const source = batchSource(learn, { size, seed, transform: transform.train, dropLast: true, signal });
  const task = imageTask(kind, source, { smoothing, mixup, seed });
  const judge = (params: AnyParams) => judgeImages(kind, params, testBatches(valid, transform.test, signal));
  const note = JSON.stringify(settings);
  const start = job.checkpoint
    ? resume(job.checkpoint, kind, note)
    : beginTraining(initVit<AnyParams>(config, seed).params);
  try {
    const { state } = await train(task, start.state, {
      ...updateOptions({ ...UPDATE_DEFAULTS, ...settings, steps: job.steps, cooldown: job.cooldown ?? 0 }),
      steps: job.steps,
      history: start.history,
      signal,
      onStep: (report) => {
        hold(); // a lost context returns zeros
        hooks.onStep?.(report);
      },
      evaluateEvery: job.evaluateEvery,
      evaluate: async ({ params, adam: { step } }) => {
        const verdict = await judge(params);
        hold();
        hooks.onEvaluation?.({ step, ...verdict });
        return -verdict.loss;
      },
      checkpointEvery: job.checkpointEvery,
      checkpoint: async (state, history) => {
        if (!hooks.onCheckpoint) return;
        const bytes = (await writeTrainState({ state, history, note })) as OwnBytes;
        hold();
        await hooks.onCheckpoint(bytes, state.adam.step);
      },
    });
    try {
      const verdict = await judge(state.params);
      const weights = await saveVit({ ...kind, params: state.params }, { dtype: 'F16' });
      hold();
      return {
        step: state.adam.step,
        ...verdict,
        config: writeConfig(config),
        weights: weights as OwnBytes,
        transform: `${JSON.stringify(transform.test, null, 2)}\n`,
        params: countParams(state.params),
      };
    } finally {
      disposeState(state);
    }
  } finally {
    await task.close();
  }
}

type Settings = Required<
  Pick<TrainJob, 'batchSize' | 'lr' | 'warmup' | 'weightDecay' | 'smoothing' | 'mixup' | 'seed'>
> & {
  readonly config: VitConfig;
  readonly transform: { readonly train: Transform; readonly test: Transform };
  readonly holdOut: number;
  /** SHA-256 of the data. */
  readonly data: string;
};

/** The data split in two, and all settings that the weights depend on. */
async function prepare(job: TrainJob) {
  const { dataset, bytes } = await datasetOf(job.data);
  const holdOut = job.holdOut ?? Math.ceil(dataset.length / 10);
  const { batchSize = 64, lr = 1e-3, warmup = 100, smoothing = 0, mixup = 0 } = job;
  const { weightDecay = UPDATE_DEFAULTS.weightDecay, seed = UPDATE_DEFAULTS.seed } = job;
  const count = dataset.length - holdOut;
  if (
    !(
      Number.isSafeInteger(holdOut) &&
      holdOut >= 1 &&
      Number.isSafeInteger(batchSize) &&
      batchSize >= 1 &&
      batchSize <= count
    )
  ) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/worker] holdOut ${holdOut} and batchSize ${batchSize} do not fit ${dataset.length} images: hold out at least one image and leave at least one batch to train on.`,
    );
  }
  if (!(Number.isSafeInteger(job.steps) && job.steps >= 1)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/worker] steps: expected a whole number of at least 1, got ${job.steps}.`,
    );
  }
  const own: Transform = { steps: [], normalize: 'half' };
  const [channels, height] = await shapeOf(dataset, job.transform?.test ?? own);
  // leaves these images as they are, and makes images that the model sees later like them
  const like: Transform = {
    steps: [{ op: channels === 1 ? 'grayscale' : 'rgb' }, { op: 'resize', size: height }],
    normalize: 'half',
  };
  const transform = job.transform ?? { train: own, test: like };
  const config = vitConfig({
    dim: 64,
    heads: 4,
    levels: 4,
    patchSize: 4,
    dropout: 0,
    signalInit: 'lively',
    ...job.model,
    imageSize: height,
    channels,
    classes: dataset.classes.length,
    labels: dataset.classes,
  });
  const learned = { batchSize, lr, warmup, weightDecay, smoothing, mixup, seed };
  const settings: Settings = { ...learned, config, transform, holdOut, data: await sha256(bytes) };
  return { learn: subset(dataset, 0, count), valid: subset(dataset, count), config, transform, settings };
}

async function shapeOf(dataset: Dataset, test: Transform): Promise<readonly [number, number]> {
  const { image } = await dataset.get(0);
  const { shape } = transformImage(image, test, 0);
  const [channels, height, width] = shape;
  if (height === width) return [channels, height];
  throw new RingformerError(
    'bad-shape',
    `[ringformer/worker] Expected square images, got ${width} × ${height}. Start the transform with { op: 'resize', size: ${height} }.`,
  );
}

/** @throws RingformerError 'bad-checkpoint'; 'bad-argument' that lists the settings that differ. */
function resume(bytes: Uint8Array, kind: Kind, note: string) {
  return resumeTraining<AnyParams>('this training', architectureOf(kind).spec(kind.config), bytes, note, (stored) => {
    const differing = changedSettings(settingsIn(stored), settingsIn(note));
    return new RingformerError(
      'bad-argument',
      `[ringformer/worker] The checkpoint is from a different training run: ${differing.join(', ')} differ. Pass the same data and settings, or leave the checkpoint out.`,
    );
  });
}

function settingsIn(note: string): Record<string, unknown> {
  try {
    return JSON.parse(note) as Record<string, unknown>;
  } catch {
    return {}; // a checkpoint from the command line
  }
}

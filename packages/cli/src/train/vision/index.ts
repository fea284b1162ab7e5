import { join } from 'node:path';
import { countSpec } from '@ringformer/core';
import { RingformerError } from '@ringformer/core/base';
import { batchSource, startWorkers, type Transform, testBatches, transformImage } from '@ringformer/images';
import {
  type AnyParams,
  architectureOf,
  initVit,
  loadVit,
  readWeights,
  saveVit,
  type VitConfig,
  vitConfig,
  writeConfig,
} from '@ringformer/vit';
import { imageTask, judgeImages, type Kind, type LabelledBatch } from '@ringformer/vit/train';
import { vanillaVit, vitArchitectureNamed } from '../../architecture.ts';
import { notImages, some } from '../../left-out.ts';
import { writeFileAtomic } from '../../logs/atomic.ts';
import { confusionSvg } from '../../logs/confusion.ts';
import { ablationOf } from '../ablation.ts';
import { initFile } from '../start-from.ts';
import type { Subject } from '../subject.ts';
import { openSplit, type Split } from './data.ts';
import { checkSameImages, type VisionFacts } from './facts.ts';
import { VISION_PRESETS } from './presets.ts';
import { transformsOf } from './recipes.ts';
import { VISION_SETTINGS, type VisionSettings } from './settings.ts';

/** An image classifier, trained on labelled images. */
export const VISION: Subject<VisionSettings, AnyParams, LabelledBatch> = {
  name: 'vision',
  command: 'train vision',
  settings: VISION_SETTINGS,
  presets: VISION_PRESETS,
  mayChange: ['readers'],
  problems: ({ patchDropout }) =>
    patchDropout < 1 ? [] : [`--patch-dropout is '${patchDropout}'; expected a share, from 0 to below 1.`],
  unit: 'image',
  scoreName: 'accuracy',
  // as runs went before these settings were
  upgrade: (stored) => ({ split: 'last', cifar100: 'fine', pixels: 'raw', patchDropout: 0, ...stored }),
  async check(settings, before) {
    const { split, config, weights } = await prepare(settings, before !== undefined);
    const facts: VisionFacts = { classes: split.train.classes, ...split.counts };
    if (before) checkSameImages(facts, before);
    if (weights) readWeights(config, weights, await vitArchitectureNamed(config.architecture));
    await split.check();
    return facts;
  },
  async open(settings, folder, signal, resumed, every) {
    const { split, config, transforms, weights } = await prepare(settings, resumed);
    const { train, valid } = split;
    const kind: Kind = { config, architecture: await vitArchitectureNamed(config.architecture) };
    const { seed, smoothing, randomDepth, patchDropout, batchSize: size, readers } = settings;
    const workers = readers > 0 ? startWorkers(readers) : 0;
    const reading = { size, seed, transform: transforms.train, dropLast: true, workers, signal, every };
    const source = batchSource(train, reading);
    const task = imageTask(kind, source, settings);
    const judge = (params: AnyParams, signal?: AbortSignal) =>
      judgeImages(kind, params, testBatches(valid, transforms.test, signal));
    let last: { params: AnyParams; verdict: ReturnType<typeof judge> } | undefined;
    const judged = (params: AnyParams, signal?: AbortSignal) => {
      if (last?.params !== params) last = { params, verdict: judge(params, signal) };
      return last.verdict;
    };
    return {
      says: `${train.length.toLocaleString('en')} images to learn, ${valid.length.toLocaleString('en')} held out, ${train.classes.length} classes, ${source.batchesPerEpoch} batches per epoch${remarks(split)}`,
      batchesPerEpoch: source.batchesPerEpoch,
      begin() {
        writeFileAtomic(join(folder, 'config.json'), writeConfig(config));
        writeFileAtomic(join(folder, 'transform.json'), `${JSON.stringify(transforms.test, null, 2)}\n`);
      },
      spec: architectureOf(kind).spec(config),
      vanilla: countSpec((await vanillaVit()).spec({ ...config, architecture: 'vanilla' }) as never),
      init: (seed) =>
        (weights ? loadVit(config, weights, kind.architecture) : initVit(config, seed, kind.architecture)).params,
      task,
      workerTask: { subject: 'vision', config, smoothing, randomDepth, patchDropout },
      validLoss: async (params) => (await judged(params)).loss,
      score: async (params, signal) => 100 * (await judged(params, signal)).accuracy,
      save: async (params) => saveVit({ ...kind, params }, { dtype: 'F16' }),
      report: async (params) => {
        const { confusion } = await judged(params);
        writeFileAtomic(join(folder, 'confusion.json'), `${JSON.stringify({ classes: valid.classes, confusion })}\n`);
        writeFileAtomic(join(folder, 'confusion.svg'), confusionSvg({ classes: valid.classes, confusion }));
      },
      close: async () => {
        await task.close();
        if (workers) await workers.end();
      },
    };
  },
};

/** What is worth knowing about the data: files that were left out, and classes that cannot be judged. */
function remarks({ leftOut: { hidden, others }, counts, train }: Split): string {
  const unjudged = train.classes.filter((_, i) => counts.train[i]! > 0 && counts.valid[i] === 0);
  const parts = [
    hidden > 0 ? `${hidden} hidden ${hidden > 1 ? 'files or folders' : 'file or folder'} left out` : '',
    others.length > 0 ? notImages(others) : '',
    unjudged.length > 0 ? `no image held out of ${some(unjudged)}` : '',
  ];
  return parts
    .filter(Boolean)
    .map((part) => `; ${part}`)
    .join('');
}

type Plan = {
  readonly split: Split;
  readonly config: VitConfig;
  /** What training starts from, unless it starts at random. */
  readonly weights?: Uint8Array;
  readonly transforms: { readonly train: Transform; readonly test: Transform };
};

/** The data, and a model that fits them; weights to start from are only read if the run begins. */
async function prepare(settings: VisionSettings, resumed: boolean): Promise<Plan> {
  const split = await openSplit(settings);
  const { train } = split;
  const { image } = await train.get(0);
  const imageSize = settings.imageSize || Math.min(image.width, image.height);
  const transforms = transformsOf(settings.recipe, imageSize, image);
  const { shape } = transformImage(image, transforms.test, 0);
  if (settings.batchSize > train.length) {
    throw new RingformerError(
      'bad-argument',
      `batch-size is ${settings.batchSize}, but there are only ${train.length} images to learn. Use at most ${train.length}.`,
    );
  }
  const data = { imageSize, channels: shape[0], labels: train.classes };
  const config = configOf(settings, data);
  const weights = settings.init === '' || resumed ? undefined : initFile(settings.init, 'model.safetensors');
  return { split, config, transforms, weights };
}

/** The model that settings and images describe. @throws RingformerError 'bad-config' */
export function configOf(
  settings: VisionSettings,
  data: Pick<VitConfig, 'imageSize' | 'channels'> & Partial<Pick<VitConfig, 'labels' | 'classes'>>,
): VitConfig {
  const { architecture, dim, mlpDim, heads, levels, rank, ffnRank, patchSize, dropout, signalInit, levelTable } =
    settings;
  return vitConfig({
    architecture,
    dim,
    mlpDim,
    heads,
    levels,
    rank,
    ffnRank,
    patchSize,
    dropout,
    signalInit,
    levelTable,
    classes: data.labels?.length,
    ...data,
    ...ablationOf(settings),
  });
}

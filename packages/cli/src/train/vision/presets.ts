import { type SizeName, sizeNames, vitSize } from '@ringformer/vit/engine';
import { PAPER } from '../paper.ts';
import type { Presets } from '../presets.ts';
import type { VisionSettings } from './settings.ts';

/** The authors' recipe, as they write it for ImageNet: 4,096 images an update in 16 batches, Adam with L2. */
const PAPER_VISION = {
  ...PAPER,
  batchSize: 256,
  accumulate: 16,
  mixup: 0,
  lr: 1e-3,
  l2: 0.1,
  epochs: 50,
  warmupEpochs: 3,
  patience: 10,
  seed: 42,
} as const satisfies Partial<VisionSettings>;
/** What differs for the Universal Transformer. */
const UNIVERSAL = { lr: 5e-4, l2: 0, warmupEpochs: 5 } as const satisfies Partial<VisionSettings>;

const AUGMENTATIONS = ['cifar', 'tiny-imagenet', 'imagenet100', 'imagenet'] as const;
const IMAGENET_CLASSES = 1000;
const TINY_IMAGENET_CLASSES = 200;

export const VISION_PRESETS: Presets = {
  size: {
    says: "one of the paper's sizes: widths, heads, levels, ranks and patches",
    choices: sizeNames,
    expand(name, architecture) {
      const { dim, mlpDim, heads, levels, rank, ffnRank, patchSize, levelTable } = vitSize(name as SizeName, {
        architecture,
      });
      return { dim, mlpDim, heads, levels, rank, ffnRank, patchSize, levelTable };
    },
  },
  recipe: {
    says: 'paper: also train as the authors do (optimiser, schedule, batches, loss, initialisation), with what they do to such images; other flags override it',
    choices: ['paper', ...AUGMENTATIONS.map((name) => `paper-${name}`)],
    async expand(name, architecture, { data }) {
      const recipe = name === 'paper' ? await augmentationFor(String(data ?? '')) : name.slice('paper-'.length);
      return { ...PAPER_VISION, ...(architecture === 'universal' ? UNIVERSAL : {}), recipe };
    },
  },
};

/** What the authors do to images like those in a folder: by kind of file, and by the number of classes. */
async function augmentationFor(folder: string): Promise<(typeof AUGMENTATIONS)[number]> {
  if (folder === '') return 'imagenet'; // no run can begin without data
  const [{ findData }, { openDataset }] = await Promise.all([import('./find-data.ts'), import('./data.ts')]);
  const { kind } = await findData(folder, 'train');
  if (kind !== 'folders') return 'cifar';
  const { classes } = await openDataset(folder);
  if (classes.length === IMAGENET_CLASSES) return 'imagenet';
  return classes.length === TINY_IMAGENET_CLASSES ? 'tiny-imagenet' : 'imagenet100';
}

import { ARCHITECTURES } from '../../architecture.ts';
import type { Entries } from '../entries.ts';
import { COMMON, type CommonSettings } from '../settings.ts';

/** Ways to change images at random; see recipes.ts. */
const RECIPES = ['none', 'shift', 'small', 'cifar', 'tiny-imagenet', 'imagenet100', 'imagenet'] as const;

/** The settings of a vision run. */
export type VisionSettings = CommonSettings & {
  data: string;
  validData: string;
  holdOut: number;
  split: 'stratified' | 'last';
  cifar100: 'fine' | 'coarse';
  pixels: 'upright' | 'raw';
  recipe: (typeof RECIPES)[number];
  mixup: number;
  patchDropout: number;
  architecture: (typeof ARCHITECTURES)[number];
  dim: number;
  mlpDim: number;
  heads: number;
  levels: number;
  rank: number;
  ffnRank: number;
  levelTable: 'static' | 'learnable';
  imageSize: number;
  patchSize: number;
  batchSize: number;
  readers: number;
};

export const VISION_SETTINGS: Entries<VisionSettings> = {
  data: {
    hint: 'DIR',
    default: '',
    path: true,
    says: 'folder of images to learn: a folder per class, IDX files, or CIFAR .bin files',
  },
  validData: { default: '', hint: 'DIR', path: true, optional: true, says: 'the same kind of folder, for evaluation' },
  holdOut: {
    default: 0,
    says: 'without valid-data: how many images to hold out; 0: a tenth',
  },
  split: {
    default: 'stratified',
    says: 'what to hold out: of each class in proportion, or the last images as earlier versions did',
    choices: ['stratified', 'last'],
  },
  cifar100: { default: 'fine', says: 'which labels of CIFAR-100 to learn', choices: ['fine', 'coarse'] },
  pixels: {
    default: 'upright',
    says: 'image files turned as their EXIF data say and on white, or raw as stored',
    choices: ['upright', 'raw'],
  },
  recipe: { default: 'small', says: 'how images are augmented', choices: RECIPES },
  mixup: { default: 0, says: "mixup's α; 0: no mixup" },
  patchDropout: {
    default: 0,
    says: 'share of the patches of each image that training leaves out, others each time: faster, and harder to learn by heart',
  },
  architecture: { default: 'ring', says: 'the ring or a baseline', choices: ARCHITECTURES },
  dim: { default: 128, says: 'width d' },
  mlpDim: { default: 512, says: 'feed-forward width' },
  heads: { default: 4, says: 'attention heads' },
  levels: { default: 6, says: 'passes of the block' },
  rank: { default: 8, says: "rank of attention's level signals" },
  ffnRank: { default: 8, says: "rank of the feed-forward network's level signal" },
  levelTable: {
    default: 'static',
    says: 'what a Universal Transformer adds at each level: by formula, or learned',
    choices: ['static', 'learnable'],
  },
  imageSize: { default: 0, says: 'side of the images in pixels; 0: that of the first image' },
  patchSize: { default: 4, says: 'side of a patch in pixels' },
  batchSize: { default: 64, says: 'images per batch' },
  ...COMMON,
  dropout: { ...COMMON.dropout, default: 0 },
  accumulate: { ...COMMON.accumulate, default: 1 },
  readers: { default: 0, says: 'threads that read and augment images ahead of time' },
};

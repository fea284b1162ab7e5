import { checkGiven, checkingConfig, readConfigFile, writeConfigFile } from '@ringformer/core/base';
import { type Ablation, checkAblation, type SignalInit, withoutDefaults } from '@ringformer/level-signals/spec';

/** An image classifier: sizes, and the choices that its weights depend on. */
export type VitConfig = Ablation & {
  /** 'ring', or the name of another architecture: see `@ringformer/vit/baselines`. */
  readonly architecture: string;
  /** Width of the stream, d. */
  readonly dim: number;
  readonly heads: number;
  /** Width of the feed-forward layer. */
  readonly mlpDim: number;
  /** How many times the block is passed; the number of layers if they are not shared. */
  readonly levels: number;
  /** Rank of the level signals of attention. */
  readonly rank: number;
  /** Rank of the level signal of the feed-forward network. */
  readonly ffnRank: number;
  /** Height and width of images in pixels: a multiple of `patchSize`. */
  readonly imageSize: number;
  /** Height and width of a patch in pixels. */
  readonly patchSize: number;
  readonly channels: number;
  readonly classes: number;
  /** Names of the classes, by label. */
  readonly labels?: readonly string[];
  /** Only for the Universal Transformer: what each level adds to the stream, by formula or learned. */
  readonly levelTable: 'static' | 'learnable';
  readonly signalInit: SignalInit;
  /** After the embedding and in the feed-forward network. */
  readonly dropout: number;
  /** ε of the levels' norms. */
  readonly normEpsilon: number;
  /** ε of the norm before the output layer. */
  readonly lastEpsilon: number;
};

/**
 * A complete configuration from whatever differs from the default, the authors' RingFormer S/16 at 224², 1000 classes.
 * @throws RingformerError 'bad-config'
 */
export function vitConfig(given: Partial<VitConfig> = {}): VitConfig {
  checkGiven('vit', given);
  const { dim = 728, architecture = 'ring' } = given;
  const rank = Math.max(1, Math.floor(dim / 16));
  const config: VitConfig = withoutDefaults({
    architecture,
    dim,
    heads: 8,
    mlpDim: dim === 728 ? 3072 : 4 * dim,
    levels: 6,
    rank,
    ffnRank: given.rank ?? rank,
    imageSize: 224,
    patchSize: 16,
    channels: 3,
    classes: given.labels?.length ?? 1000,
    levelTable: 'static',
    signalInit: 'reference',
    dropout: 0.1,
    normEpsilon: architecture === 'ring' ? 1e-5 : 1e-6, // the reference keeps PyTorch's default for the ring
    lastEpsilon: 1e-6,
    ...given,
  });
  checkConfig(config);
  return config;
}

/** @throws RingformerError 'bad-config' that lists everything wrong at once. */
export function checkConfig(config: VitConfig): void {
  const check = checkingConfig('vit', config);
  check.counts('dim', 'heads', 'mlpDim', 'levels', 'rank', 'ffnRank', 'imageSize', 'patchSize', 'channels', 'classes');
  const { dim, heads, imageSize, patchSize, labels, classes } = config;
  check.wrong(dim % heads !== 0, `dim ${dim} is not a multiple of heads ${heads}.`);
  check.wrong(
    dim % 2 !== 0 && config.architecture !== 'universal',
    `dim ${dim} is odd: sinusoidal positions come in pairs.`,
  );
  check.wrong(
    imageSize % patchSize !== 0,
    `imageSize ${imageSize} is not a multiple of patchSize ${patchSize}: resize the images.`,
  );
  check.wrong(
    labels !== undefined && !(Array.isArray(labels) && labels.length === classes),
    `there are ${labels?.length} labels for ${classes} classes.`,
  );
  check.share('dropout');
  check.positive('normEpsilon', 'lastEpsilon');
  check.name('architecture');
  check.oneOf('levelTable', 'static', 'learnable');
  check.oneOf('signalInit', 'reference', 'lively');
  checkAblation(check, config);
  check.finish();
}

/** The number of tokens in a pass: the class token and the patches. */
export const tokenCount = ({ imageSize, patchSize }: Pick<VitConfig, 'imageSize' | 'patchSize'>): number =>
  (imageSize / patchSize) ** 2 + 1;

/** The format named in our config.json files. */
export const FORMAT = 'ringformer-vit/1';
const FILE = { format: FORMAT, task: 'vit', what: 'image classifier' };

/** The text of a config.json. */
export const writeConfig = (config: VitConfig): string => writeConfigFile(FILE, config);

/** A configuration from the text of a config.json. @throws RingformerError 'bad-config' */
export function readConfig(text: string): VitConfig {
  const config = readConfigFile(FILE, text) as VitConfig;
  checkConfig(config);
  return config;
}

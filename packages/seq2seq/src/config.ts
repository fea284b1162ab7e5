import { checkGiven, checkingConfig, readConfigFile, saidOf, writeConfigFile } from '@ringformer/core/base';
import { type Ablation, checkAblation, type SignalInit, withoutDefaults } from '@ringformer/level-signals/spec';

/** A translation model: sizes, special tokens and the choices that its weights depend on. */
export type Seq2seqConfig = Ablation & {
  /** 'ring', or the name of another architecture: see `@ringformer/seq2seq/baselines`. */
  readonly architecture: string;
  /** Width of the stream, d. */
  readonly dim: number;
  readonly heads: number;
  /** Width of the feed-forward layer. */
  readonly mlpDim: number;
  /** How many times the encoder's block is passed; the number of layers if they are not shared. */
  readonly encoderLevels: number;
  /** The same for the decoder. */
  readonly decoderLevels: number;
  /** Rank r of the level signals, which only the ring has; the reference uses ⌊d/16⌋. */
  readonly rank: number;
  readonly sourceVocab: number;
  readonly targetVocab: number;
  /** Longest sequence, special tokens included. */
  readonly maxLength: number;
  /** Biases in the projections; the output layer always has one. */
  readonly bias: boolean;
  readonly positions: 'sinusoidal' | 'learned';
  /** What shares the target's embedding table: nothing, the output layer, or the source as well (one vocabulary). */
  readonly tie: 'none' | 'output' | 'all';
  /** Multiplies embeddings by √d, as tables tied to the output layer need. */
  readonly scaleEmbedding: boolean;
  readonly signalInit: SignalInit;
  readonly dropout: number;
  readonly normEpsilon: number;
  readonly padId: number;
  readonly bosId: number;
  readonly eosId: number;
  /** The length penalty that translates best with this model, chosen on held-out sentences. Without it, 1. */
  readonly lengthPenalty?: number;
  /** The language that it reads, such as 'de', and the one that it writes. */
  readonly from?: string;
  readonly to?: string;
};

type Sizes = Pick<Seq2seqConfig, 'sourceVocab' | 'targetVocab'>;

/**
 * A complete configuration from the vocabulary sizes and whatever differs from the reference (the paper's translation
 * model: d 512, ffn 2048, 8 heads, 6+6 levels, no bias, nothing tied).
 * @throws RingformerError 'bad-config'
 */
export function seq2seqConfig(given: Sizes & Partial<Seq2seqConfig>): Seq2seqConfig {
  checkGiven('seq2seq', given);
  const dim = given.dim ?? 512;
  const tie = given.tie ?? 'none';
  const architecture = given.architecture ?? 'ring';
  const config: Seq2seqConfig = withoutDefaults({
    architecture,
    dim,
    heads: 8,
    mlpDim: 4 * dim,
    encoderLevels: 6,
    decoderLevels: 6,
    rank: Math.max(1, Math.floor(dim / 16)),
    maxLength: 50,
    bias: false,
    positions: 'sinusoidal',
    tie,
    scaleEmbedding: tie !== 'none',
    signalInit: 'reference',
    dropout: 0.1,
    // The reference's layernorm_eps is 1e-6, but its ring ignores it: per-level norms keep PyTorch's default.
    normEpsilon: architecture === 'ring' ? 1e-5 : 1e-6,
    padId: 0,
    bosId: 1,
    eosId: 2,
    ...given,
  });
  checkConfig(config);
  return config;
}

/** @throws RingformerError 'bad-config' that lists everything wrong at once. */
export function checkConfig(config: Seq2seqConfig): void {
  const check = checkingConfig('seq2seq', config);
  const { dim, heads, positions, tie, sourceVocab, targetVocab, padId, bosId, eosId } = config;
  check.name('architecture');
  check.counts('dim', 'heads', 'mlpDim', 'encoderLevels', 'decoderLevels', 'rank', 'sourceVocab', 'targetVocab');
  check.counts('maxLength');
  check.wrong(dim % heads !== 0, `dim ${dim} is not a multiple of heads ${heads}.`);
  check.wrong(positions === 'sinusoidal' && dim % 2 !== 0, `dim ${dim} is odd: sinusoidal positions come in pairs.`);
  check.wrong(
    tie === 'all' && sourceVocab !== targetVocab,
    `tie 'all' needs one vocabulary, but sourceVocab is ${sourceVocab} and targetVocab ${targetVocab}.`,
  );
  check.share('dropout');
  check.positive('normEpsilon');
  for (const key of ['bias', 'scaleEmbedding'] as const) {
    check.wrong(typeof config[key] !== 'boolean', `${key} is ${config[key]}; expected true or false.`);
  }
  const { lengthPenalty: penalty } = config;
  check.wrong(
    penalty !== undefined && !(typeof penalty === 'number' && penalty >= 0 && penalty <= 10),
    `lengthPenalty is ${penalty}; expected a number from 0 to 10.`,
  );
  check.oneOf('tie', 'none', 'output', 'all');
  check.oneOf('positions', 'sinusoidal', 'learned');
  check.oneOf('signalInit', 'reference', 'lively');
  checkAblation(check, config);
  for (const key of ['padId', 'bosId', 'eosId'] as const) {
    const vocabulary = Math.min(sourceVocab, targetVocab);
    check.wrong(
      !(Number.isSafeInteger(config[key]) && config[key] >= 0 && config[key] < vocabulary),
      `${key} is ${config[key]}; expected an id below ${vocabulary}.`,
    );
  }
  check.wrong(
    new Set([padId, bosId, eosId]).size < 3,
    `padId, bosId and eosId are ${padId}, ${bosId} and ${eosId}; expected three different ids.`,
  );
  for (const key of ['from', 'to'] as const) {
    const given: unknown = config[key];
    const good = given === undefined || (typeof given === 'string' && /^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i.test(given));
    check.wrong(!good, `${key} is ${saidOf(given)}; expected a language such as 'de' or 'pt-BR'.`);
  }
  check.finish();
}

/** The format named in our config.json files. */
export const FORMAT = 'ringformer-seq2seq/1';
const FILE = { format: FORMAT, task: 'seq2seq', what: 'translation model' };

/** The text of a config.json. */
export const writeConfig = (config: Seq2seqConfig): string => writeConfigFile(FILE, config);

/** A configuration from the text of a config.json. @throws RingformerError 'bad-config' */
export function readConfig(text: string): Seq2seqConfig {
  const stored = readConfigFile(FILE, text) as Seq2seqConfig;
  const config = { ...stored, architecture: stored.architecture ?? 'ring' }; // early files do not name one
  checkConfig(config);
  return config;
}

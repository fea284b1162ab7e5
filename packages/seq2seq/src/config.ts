import { RingformerError } from '@ringformer/core/base';
import type { SignalInit } from '@ringformer/level-signals/spec';

/** A translation model: sizes, special tokens and the choices that its weights depend on. */
export type Seq2seqConfig = {
  /** 'ring', or the name of another architecture: see `@ringformer/seq2seq/baselines`. */
  readonly architecture: string;
  /** Width of the stream, d. */
  readonly dim: number;
  readonly heads: number;
  /** Width of the feed-forward layer. */
  readonly mlpDim: number;
  /** How often the encoder's one block is passed; how many layers there are where they are not shared. */
  readonly encoderLevels: number;
  /** The same of the decoder. */
  readonly decoderLevels: number;
  /** Rank r of the level signals, which the ring alone has; the reference takes ⌊d/16⌋. */
  readonly rank: number;
  readonly sourceVocab: number;
  readonly targetVocab: number;
  /** Longest sequence, special tokens included. */
  readonly maxLength: number;
  /** Biases in the projections; the output layer always has one. */
  readonly bias: boolean;
  readonly positions: 'sinusoidal' | 'learned';
  /** What shares the target's embedding table: nothing, the output layer, or the source's table too (one vocabulary). */
  readonly tie: 'none' | 'output' | 'all';
  /** Multiplies embeddings by √d, which tables tied to the output layer need. */
  readonly scaleEmbedding: boolean;
  readonly signalInit: SignalInit;
  readonly dropout: number;
  readonly normEpsilon: number;
  readonly padId: number;
  readonly bosId: number;
  readonly eosId: number;
};

type Sizes = Pick<Seq2seqConfig, 'sourceVocab' | 'targetVocab'>;

/**
 * A complete configuration from the sizes of the vocabularies and what differs from the reference (SPEC of the paper's
 * translation model: d 512, ffn 2048, 8 heads, 6+6 levels, no bias, nothing tied).
 * @throws RingformerError 'bad-config'
 */
export function seq2seqConfig(given: Sizes & Partial<Seq2seqConfig>): Seq2seqConfig {
  const dim = given.dim ?? 512;
  const tie = given.tie ?? 'none';
  const architecture = given.architecture ?? 'ring';
  const config: Seq2seqConfig = {
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
    // The reference's layernorm_eps is 1e-6, which its ring alone ignores: per-level norms keep PyTorch's default.
    normEpsilon: architecture === 'ring' ? 1e-5 : 1e-6,
    padId: 0,
    bosId: 1,
    eosId: 2,
    ...given,
  };
  checkConfig(config);
  return config;
}

const COUNTS = [
  'dim',
  'heads',
  'mlpDim',
  'encoderLevels',
  'decoderLevels',
  'rank',
  'sourceVocab',
  'targetVocab',
  'maxLength',
] as const;

/** @throws RingformerError 'bad-config' that lists everything wrong at once. */
export function checkConfig(config: Seq2seqConfig): void {
  const problems: string[] = [];
  const wrong = (condition: boolean, problem: string) => condition && problems.push(`  - ${problem}`);
  wrong(
    typeof config.architecture !== 'string' || config.architecture === '',
    `architecture is ${JSON.stringify(config.architecture)}: 'ring' or another name is wanted.`,
  );
  for (const key of COUNTS) {
    wrong(
      !Number.isSafeInteger(config[key]) || config[key] < 1,
      `${key} is ${config[key]}: a whole number of at least 1 is wanted.`,
    );
  }
  wrong(config.dim % config.heads !== 0, `dim ${config.dim} is not a multiple of heads ${config.heads}.`);
  wrong(
    config.positions === 'sinusoidal' && config.dim % 2 !== 0,
    `dim ${config.dim} is odd: sinusoidal positions come in pairs.`,
  );
  wrong(
    config.tie === 'all' && config.sourceVocab !== config.targetVocab,
    `tie 'all' wants one vocabulary, not ${config.sourceVocab} and ${config.targetVocab}.`,
  );
  wrong(
    !(typeof config.dropout === 'number' && config.dropout >= 0 && config.dropout < 1),
    `dropout is ${config.dropout}: 0 up to, not including, 1 is wanted.`,
  );
  wrong(
    !(Number.isFinite(config.normEpsilon) && config.normEpsilon > 0),
    `normEpsilon is ${config.normEpsilon}: a number above 0 is wanted.`,
  );
  for (const key of ['bias', 'scaleEmbedding'] as const) {
    wrong(typeof config[key] !== 'boolean', `${key} is ${config[key]}: true or false is wanted.`);
  }
  wrong(
    !['none', 'output', 'all'].includes(config.tie),
    `tie is '${config.tie}': 'none', 'output' or 'all' is wanted.`,
  );
  wrong(
    !['sinusoidal', 'learned'].includes(config.positions),
    `positions is '${config.positions}': 'sinusoidal' or 'learned' is wanted.`,
  );
  wrong(
    !['reference', 'lively'].includes(config.signalInit),
    `signalInit is '${config.signalInit}': 'reference' or 'lively' is wanted.`,
  );
  for (const key of ['padId', 'bosId', 'eosId'] as const) {
    const vocabulary = Math.min(config.sourceVocab, config.targetVocab);
    wrong(
      !(Number.isSafeInteger(config[key]) && config[key] >= 0 && config[key] < vocabulary),
      `${key} is ${config[key]}: an id below ${vocabulary} is wanted.`,
    );
  }
  wrong(
    new Set([config.padId, config.bosId, config.eosId]).size < 3,
    `padId, bosId and eosId are ${config.padId}, ${config.bosId} and ${config.eosId}: three different ids are wanted.`,
  );
  if (problems.length > 0)
    throw new RingformerError('bad-config', `[ringformer/seq2seq] This is no configuration:\n${problems.join('\n')}`);
}

/** What our config.json files call themselves. */
export const FORMAT = 'ringformer-seq2seq/1';

/** The text of a config.json. */
export function writeConfig(config: Seq2seqConfig): string {
  return `${JSON.stringify({ format: FORMAT, ...config }, null, 2)}\n`;
}

/** A configuration from the text of a config.json. @throws RingformerError 'bad-config' */
export function readConfig(text: string): Seq2seqConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new RingformerError(
      'bad-config',
      `[ringformer/seq2seq] config.json is not JSON: ${(cause as Error).message}.`,
      { cause },
    );
  }
  if (typeof parsed !== 'object' || parsed === null || (parsed as { format?: unknown }).format !== FORMAT) {
    const format = (parsed as { format?: unknown } | null)?.format;
    throw new RingformerError(
      'bad-config',
      `[ringformer/seq2seq] config.json has format ${JSON.stringify(format)}: '${FORMAT}' is wanted. Is this a RingFormer translation model?`,
    );
  }
  const { format: _, ...stored } = parsed as { format: string } & Seq2seqConfig;
  const config = { ...stored, architecture: stored.architecture ?? 'ring' }; // early files name none
  checkConfig(config);
  return config;
}

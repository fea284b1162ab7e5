import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Raw, readSafetensors } from '@ringformer/core/base';
import { type Architecture, type Seq2seqConfig, seq2seqConfig } from '@ringformer/seq2seq';
import { ARCHITECTURES, architectureNamed } from '../architecture.ts';
import { FailedError, UsageError, whyNot } from '../errors.ts';

/** What was recorded from the reference: a model, one batch and all that it made of it. */
export type Fixture = {
  readonly name: string;
  readonly config: Seq2seqConfig;
  /** None for the ring. */
  readonly architecture: Architecture | undefined;
  readonly weights: Uint8Array;
  /** Inputs `src` and `trg`, and every intermediate by the reference's names. */
  readonly io: Record<string, Raw>;
  /** By the reference's parameter names. */
  readonly grads: Record<string, Raw>;
  readonly train: Training;
  readonly greedy: Greedy;
};

/** A run of Adam on the one batch; `losses[i]` and `grad_norms[i]` are measured before update i. */
export type Training = {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly clip_norm: number;
  readonly losses: readonly number[];
  readonly grad_norms: readonly number[];
  readonly final_loss: number;
};

/** Greedy ids of `steps` steps, the start token left out; the end token stops nothing. */
export type Greedy = {
  readonly src: readonly (readonly number[])[];
  readonly sos: number;
  readonly steps: number;
  readonly output: readonly (readonly number[])[];
};

/**
 * Reads a fixture directory.
 * @throws FailedError where a file is missing or is not what it should be, UsageError for a model that is not known.
 */
export async function readFixture(directory: string): Promise<Fixture> {
  const settings = await readJson(directory, 'config.json');
  const known = ARCHITECTURES.find((name) => name === settings.model);
  if (!known || settings.task !== 'translation') {
    throw new UsageError(
      `${directory} holds a ${settings.task} model '${settings.model}', which is not supported yet: translation with ${ARCHITECTURES.join(', ')} is.`,
    );
  }
  const [train, greedy, weights, io, grads] = await Promise.all([
    readJson(directory, 'train.json'),
    readJson(directory, 'greedy.json'),
    readBytes(directory, 'weights.safetensors'),
    readTensors(directory, 'io.safetensors'),
    readTensors(directory, 'grads.safetensors'),
  ]);
  need(directory, 'train.json', train, ['lr', 'betas', 'eps', 'clip_norm', 'losses', 'grad_norms', 'final_loss']);
  need(directory, 'greedy.json', greedy, ['src', 'sos', 'steps', 'output']);
  need(directory, 'io.safetensors', io, ['src', 'trg', 'logits']);
  return {
    name: String(settings.name ?? directory),
    config: configOf(settings, known),
    architecture: await architectureNamed(known),
    weights,
    io,
    grads,
    train: train as Training,
    greedy: greedy as Greedy,
  };
}

type Json = { readonly [key: string]: unknown };

/** The reference's settings → ours. Its ring ignores its own `layernorm_eps`. */
function configOf(settings: Json, architecture: string): Seq2seqConfig {
  const number = (key: string) => Number(settings[key]);
  const dim = number('hidden_dim');
  return seq2seqConfig({
    architecture,
    dim,
    heads: number('num_head'),
    mlpDim: number('ffn_dim'),
    encoderLevels: number('enc_num_layers'),
    decoderLevels: number('dec_num_layers'),
    rank: Math.max(1, Math.floor(dim / 16)),
    sourceVocab: number('src_vocab'),
    targetVocab: number('trg_vocab'),
    maxLength: number('max_len'),
    bias: Boolean(settings.bias),
    positions: settings.pos_encoding ? 'sinusoidal' : 'learned',
    tie: 'none',
    dropout: 0,
    ...(architecture === 'ring' ? {} : { normEpsilon: number('layernorm_eps') }),
    padId: number('pad'),
    bosId: number('sos'),
    eosId: number('eos'),
  });
}

async function readBytes(directory: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(directory, name));
  } catch (cause) {
    throw new FailedError(`${join(directory, name)} cannot be read: ${whyNot(cause)}. Is ${directory} a fixture?`, {
      cause,
    });
  }
}

async function readTensors(directory: string, name: string): Promise<Record<string, Raw>> {
  const bytes = await readBytes(directory, name);
  try {
    return readSafetensors(bytes).tensors;
  } catch (cause) {
    throw new FailedError(`${join(directory, name)}: ${(cause as Error).message.replace(/^\[[^\]]*\] /, '')}`, {
      cause,
    });
  }
}

async function readJson(directory: string, name: string): Promise<Json> {
  const text = new TextDecoder().decode(await readBytes(directory, name));
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Json;
    throw new Error('it holds no object');
  } catch (cause) {
    throw new FailedError(`${join(directory, name)} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

function need(directory: string, name: string, found: Json | Record<string, Raw>, keys: readonly string[]): void {
  const missing = keys.filter((key) => !(key in found));
  if (missing.length > 0) throw new FailedError(`${join(directory, name)} lacks ${missing.join(', ')}.`);
}

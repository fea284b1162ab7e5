import { RingformerError, reasonOf } from '../errors.ts';
import { type Raw, readSafetensors } from '../safetensors.ts';
import type { Training } from './case.ts';

export type Json = { readonly [key: string]: unknown };

/** The recorded files of a model; `fixtures/README.md` describes them. */
export type Recording = {
  readonly name: string;
  /** config.json, by the other program's names. */
  readonly settings: Json;
  readonly weights: Uint8Array;
  readonly gradients: Readonly<Record<string, Raw>>;
  readonly training: Training;
  /** io.safetensors: the batch, and everything computed from it. */
  readonly io: Readonly<Record<string, Raw>>;
  /** The bytes of another file. */
  read(file: string): Uint8Array;
};

const TRAINING = ['lr', 'betas', 'eps', 'clip_norm', 'losses', 'grad_norms', 'final_loss'];

/**
 * Reads what every recording has. `read` returns the bytes of a file, for instance of 'config.json'.
 * @throws RingformerError 'bad-file' that names a file and what it lacks; what `read` throws
 */
export function readRecording(read: (file: string) => Uint8Array): Recording {
  const settings = readJson(read, 'config.json');
  return {
    name: String(settings.name),
    settings,
    weights: read('weights.safetensors'),
    gradients: readTensors(read, 'grads.safetensors'),
    training: readJson(read, 'train.json', TRAINING) as Training,
    io: readTensors(read, 'io.safetensors'),
    read,
  };
}

/** An object from a JSON file. @throws RingformerError 'bad-file' unless it is one, with all of `keys` */
export function readJson(read: Recording['read'], file: string, keys: readonly string[] = []): Json {
  const text = new TextDecoder().decode(read(file));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RingformerError('bad-file', `[ringformer/core] ${file} is not JSON: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (typeof value !== 'object' || value === null) {
    throw new RingformerError('bad-file', `[ringformer/core] ${file} is not a JSON object.`);
  }
  return requireKeys(file, value as Json, keys);
}

/** @throws RingformerError 'bad-file' unless `found` has all of `keys` */
export function requireKeys<T extends object>(file: string, found: T, keys: readonly string[]): T {
  const missing = keys.filter((key) => !(key in found));
  if (missing.length === 0) return found;
  throw new RingformerError('bad-file', `[ringformer/core] ${file} lacks ${missing.join(', ')}.`);
}

function readTensors(read: Recording['read'], file: string): Record<string, Raw> {
  const bytes = read(file);
  try {
    return readSafetensors(bytes).tensors;
  } catch (cause) {
    throw new RingformerError('bad-file', `[ringformer/core] ${file}: ${reasonOf(cause)}`, { cause });
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Raw, readSafetensors } from '@ringformer/core/base';
import { FailedError, whyNot } from '../errors.ts';
import type { Training } from './case.ts';

export type Json = { readonly [key: string]: unknown };

/** The files of a fixture that every kind has. */
export type Files = {
  readonly directory: string;
  readonly name: string;
  /** Its config.json, by the reference's names. */
  readonly settings: Json;
  readonly weights: Uint8Array;
  readonly io: Readonly<Record<string, Raw>>;
  readonly grads: Readonly<Record<string, Raw>>;
  readonly train: Training;
  /** Another file, which has to have `keys`. */
  json(name: string, keys: readonly string[]): Promise<Json>;
};

/** @throws FailedError where a file is missing or is not what it should be. */
export async function readFiles(directory: string, settings: Json): Promise<Files> {
  const json = async (name: string, keys: readonly string[]) => {
    const found = await readJson(directory, name);
    need(directory, name, found, keys);
    return found;
  };
  const [train, weights, io, grads] = await Promise.all([
    json('train.json', ['lr', 'betas', 'eps', 'clip_norm', 'losses', 'grad_norms', 'final_loss']),
    readBytes(directory, 'weights.safetensors'),
    readTensors(directory, 'io.safetensors'),
    readTensors(directory, 'grads.safetensors'),
  ]);
  const name = String(settings.name ?? directory);
  return { directory, name, settings, weights, io, grads, train: train as Training, json };
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

export async function readJson(directory: string, name: string): Promise<Json> {
  const text = new TextDecoder().decode(await readBytes(directory, name));
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Json;
    throw new Error('it holds no object');
  } catch (cause) {
    throw new FailedError(`${join(directory, name)} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

export function need(
  directory: string,
  name: string,
  found: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): void {
  const missing = keys.filter((key) => !(key in found));
  if (missing.length > 0) throw new FailedError(`${join(directory, name)} lacks ${missing.join(', ')}.`);
}

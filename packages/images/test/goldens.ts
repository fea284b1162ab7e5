import { readFileSync } from 'node:fs';
import { type Raw, readSafetensors } from '@ringformer/core/base';
import type { Image } from '../src/image.ts';

/** A file of test/goldens. */
export const goldenFile = (name: string): Uint8Array => readFileSync(new URL(`./goldens/${name}`, import.meta.url));

const { tensors } = readSafetensors(goldenFile('goldens.safetensors'));
const upright = readSafetensors(goldenFile('upright.safetensors')).tensors;

/** Names of the values that begin so, without that beginning. */
export const goldenNames = (start: string): string[] =>
  Object.keys(tensors).flatMap((name) => (name.startsWith(start) ? [name.slice(start.length)] : []));

/** Numbers computed with numpy. */
export const goldenValues = (name: string) => tensors[name]!.data;

/** Pixels as Pillow has them. */
export const goldenImage = (name: string): Image => imageOf(tensors[name]!);

/** The same upright and on white. */
export const uprightImage = (name: string): Image => imageOf((upright[name] ?? tensors[name])!);

function imageOf({ shape, data }: Raw): Image {
  const [height, width, channels = 1] = shape as [number, number, (1 | 3)?];
  return { width, height, channels, data: new Uint8Array(data.buffer).slice() };
}

/** A file of test/cases: what people met. */
export const caseFile = (name: string): Uint8Array => readFileSync(new URL(`./cases/${name}`, import.meta.url));

import { RingformerError } from './errors.ts';
import { product } from './product.ts';
import type { Raw } from './safetensors.ts';

/**
 * Our name of a tensor and another program's. `{i}` in theirs is the level: axis 0 of our tensor or, if our name has `{i}`
 * too, a separate tensor.
 */
export type NameTable = readonly (readonly [ours: string, theirs: string])[];

/** Prefixes that PyTorch wrappers put before every name (torch.compile, DistributedDataParallel). */
const PREFIX = /^(?:_orig_mod\.|module\.)+/;

/**
 * Renames another program's tensors to ours and stacks those that it keeps separately for each level. Names that the table
 * does not know are kept, so that the check against the model's spec lists them.
 */
export function importNames(table: NameTable, raw: Record<string, Raw>): Record<string, Raw> {
  const theirs = new Map(Object.entries(raw).map(([name, value]) => [name.replace(PREFIX, ''), value]));
  const ours: Record<string, Raw> = {};
  for (const [name, pattern] of table) {
    if (!pattern.includes('{i}')) {
      const one = theirs.get(pattern);
      if (one) ours[name] = one;
      theirs.delete(pattern);
      continue;
    }
    const levels: Raw[] = [];
    for (let i = 0; ; i++) {
      const level = theirs.get(at(pattern, i));
      if (!level) break;
      levels.push(level);
      theirs.delete(at(pattern, i));
    }
    if (name.includes('{i}')) for (const [i, level] of levels.entries()) ours[at(name, i)] = level;
    else if (levels.length > 0) ours[name] = stack(levels, name);
  }
  return { ...ours, ...Object.fromEntries(theirs) };
}

/** The inverse of `importNames`. */
export function exportNames(table: NameTable, raw: Record<string, Raw>): Record<string, Raw> {
  const theirs: Record<string, Raw> = {};
  for (const [name, pattern] of table) {
    if (name.includes('{i}')) {
      for (let i = 0; raw[at(name, i)]; i++) theirs[at(pattern, i)] = raw[at(name, i)] as Raw;
      continue;
    }
    const value = raw[name];
    if (!value) continue;
    if (!pattern.includes('{i}')) theirs[pattern] = value;
    else unstack(value).forEach((level, i) => (theirs[at(pattern, i)] = level));
  }
  return theirs;
}

const at = (pattern: string, level: number) => pattern.replace('{i}', String(level));

function stack(levels: Raw[], name: string): Raw {
  const { shape, dtype } = levels[0] as Raw;
  const odd = levels.findIndex((level) => String(level.shape) !== String(shape));
  if (odd >= 0) {
    throw new RingformerError(
      'bad-checkpoint',
      `[ringformer/core] ${name}: level 0 is [${shape}], level ${odd} is [${levels[odd]?.shape}]. All levels must agree.`,
    );
  }
  const size = product(shape);
  const data = new Float32Array(size * levels.length);
  levels.forEach((level, i) => data.set(level.data, i * size));
  return { dtype, shape: [levels.length, ...shape], data };
}

function unstack({ dtype, shape, data }: Raw): Raw[] {
  const [count = 0, ...rest] = shape;
  const size = product(rest);
  return Array.from({ length: count }, (_, i) => ({ dtype, shape: rest, data: data.slice(i * size, (i + 1) * size) }));
}

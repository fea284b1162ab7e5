import { basename, dirname, resolve } from 'node:path';
import type { Strength } from '@ringformer/pictures';

/** What a report calls a model: its package, or the folder that holds it. */
export function nameOf(model: string): string {
  if (model.startsWith('@')) return model.replace('@ringformer/', '');
  const path = resolve(model);
  const name = basename(path);
  return name === 'model' || /\.(json|safetensors)$/.test(name) ? basename(dirname(path)) : name;
}

/** Level by level the mean of several measurements. */
export function meanStrength(measured: readonly (readonly Strength[])[]): Strength[] {
  const [first = []] = measured;
  const of = (level: number, kind: keyof Strength) =>
    measured.reduce((sum, levels) => sum + levels[level]![kind] / measured.length, 0);
  return first.map((_, i) => ({ query: of(i, 'query'), key: of(i, 'key'), value: of(i, 'value'), ffn: of(i, 'ffn') }));
}

/** Level by level and head by head the mean of several measurements: [levels][heads]. */
export function meanRows(measured: readonly (readonly (readonly number[])[])[]): number[][] {
  const [first = []] = measured;
  return first.map((heads, i) =>
    heads.map((_, h) => measured.reduce((sum, levels) => sum + levels[i]![h]! / measured.length, 0)),
  );
}

import { readFileSync } from 'node:fs';
import { type Raw, readSafetensors } from '@ringformer/core/base';

// For tests: what NumPy and the authors' libraries compute (fixtures/analysis).
const file = (name: string) => readFileSync(new URL(`../../../fixtures/analysis/${name}`, import.meta.url));

export const goldens = JSON.parse(file('analysis.json').toString());
const { tensors } = readSafetensors(file('arrays.safetensors'));

export function golden<Shape extends readonly number[]>(name: string): Raw & { readonly shape: Shape } {
  const found = tensors[name];
  if (!found) throw new Error(`There is no ${name} in fixtures/analysis.`);
  return found as Raw & { readonly shape: Shape };
}

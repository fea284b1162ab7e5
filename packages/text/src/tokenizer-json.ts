import { RingformerError } from '@ringformer/core/base';

/** An object of a JSON file. */
export type Json = { readonly [key: string]: unknown };

/** The steps of a pipeline: those of a Sequence, or the single one. */
export function sequence(value: unknown, name: string, key: string): Json[] {
  const step = object(value, name);
  if (step.type !== 'Sequence') return [step];
  return array(step[key], `${name}.${key}`).map((entry) => object(entry, `an entry of ${name}.${key}`));
}

/** The value as an object; throws for any other. */
export function object(value: unknown, name: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  return refuse(`${name} is ${show(value)}, not an object`);
}

/** The value as a list; throws for any other. */
export function array(value: unknown, name: string): unknown[] {
  return Array.isArray(value) ? value : refuse(`${name} is ${show(value)}, not a list`);
}

/** The value as messages show it. */
export function show(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Stops reading with one message; typed so that it can be used in place of any value. */
export function refuse(what: string, cause?: unknown): never {
  throw new RingformerError(
    'bad-file',
    `[ringformer/text] This is not a tokenizer.json of a byte-level BPE: ${what}. Make one with trainTokenizer.`,
    cause === undefined ? undefined : { cause },
  );
}

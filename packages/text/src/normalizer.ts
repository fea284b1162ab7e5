import { compilePattern } from './pieces.ts';
import { array, type Json, object, refuse, show } from './tokenizer-json.ts';

/** What is done to a text before it is split into pieces. */
export type Normalize = (text: string) => string;

/** Characters that cannot be seen: soft hyphen, zero-width space, word joiner, marks of direction, byte order mark. */
const INVISIBLE = '[\\u00AD\\u034F\\u061C\\u180E\\u200B\\u200E\\u200F\\u202A-\\u202E\\u2060-\\u2069\\uFEFF]+';
/** Joiners only matter in scripts other than the Latin one, and in emoji. */
const JOINERS = '(?<=[\\u0000-\\u036F])[\\u200C\\u200D]+';

const replaced = (Regex: string, content: string) => ({ type: 'Replace', pattern: { Regex }, content });

/**
 * The `normalizer` of a tokenizer.json that makes one text of all its forms: composed (NFC), every run of white space one
 * space, none at the ends, no characters that cannot be seen, and one form of each quotation mark and dash. A model trained
 * without it can be given it: ordinary text keeps its ids.
 */
export function standardNormalizer(): object[] {
  return [
    replaced(INVISIBLE, ''),
    replaced(JOINERS, ''),
    { type: 'NFC' },
    replaced('\\s+', ' '),
    { type: 'Strip', strip_left: true, strip_right: true },
    replaced('[“”„‟«»＂]', '"'),
    replaced('[‘’‚‛‹›ʼ´]', "'"),
    replaced('[‐‑−﹣－]', '-'),
    replaced('[‒—―]', '–'),
  ];
}

/** Puts a space before every text that is not empty. */
export const PREPEND_SPACE = { type: 'Prepend', prepend: ' ' };

/**
 * Reads a normalizer in the Hugging Face format, except the Prepend at its end, which is returned as the prefix.
 * @throws RingformerError 'bad-file' that names the first step that is not supported.
 */
export function readNormalizer(value: unknown): { readonly normalize: Normalize; readonly prefix: string } {
  const steps = value === null || value === undefined ? [] : flat(object(value, 'normalizer'));
  const last = steps.at(-1);
  const prefix = last?.type === 'Prepend' ? String(last.prepend) : '';
  const rest = (last?.type === 'Prepend' ? steps.slice(0, -1) : steps).map(readStep);
  return { normalize: (text) => rest.reduce((so, step) => step(so), text), prefix };
}

function flat(step: Json): Json[] {
  if (step.type !== 'Sequence') return [step];
  return array(step.normalizers, 'normalizer.normalizers').flatMap((entry) =>
    flat(object(entry, 'an entry of normalizer.normalizers')),
  );
}

function readStep(step: Json): Normalize {
  const { type } = step;
  switch (type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => text.normalize(type);
    case 'Lowercase': // each character for itself: a final sigma stays a plain one
      return (text) => Array.from(text, (char) => char.toLowerCase()).join('');
    case 'Strip':
      return strip(step.strip_left !== false, step.strip_right !== false);
    case 'Replace':
      return replace(step);
    case 'Prepend':
      return refuse('normalizer has a Prepend before other steps; only one at its end is supported');
    default:
      return refuse(
        `normalizer is ${show(type === undefined ? step : type)}; supported are NFC, NFD, NFKC, NFKD, Lowercase, Strip, Replace, and Prepend at the end`,
      );
  }
}

function strip(left: boolean, right: boolean): Normalize {
  const ends = [...(left ? ['^\\p{White_Space}+'] : []), ...(right ? ['\\p{White_Space}+$'] : [])];
  if (ends.length === 0) return (text) => text;
  const pattern = new RegExp(ends.join('|'), 'gu');
  return (text) => text.replace(pattern, '');
}

function replace({ pattern, content }: Json): Normalize {
  const { Regex, String: literal } = object(pattern, 'the pattern of a Replace');
  if (typeof content !== 'string') return refuse(`the content of a Replace is ${show(content)}, not a string`);
  if (typeof literal === 'string' && literal !== '') return (text) => text.replaceAll(literal, () => content);
  if (typeof Regex !== 'string' || Regex === '') {
    return refuse(`the pattern of a Replace is ${show(pattern)}; expected a Regex or a String`);
  }
  try {
    const compiled = compilePattern(Regex);
    return (text) => text.replace(compiled, () => content);
  } catch (cause) {
    return refuse(`JavaScript cannot run the Regex of a Replace: ${(cause as Error).message}`, cause);
  }
}

/** A single word, perhaps with a mark after it; `bare` has none. */
const WORD = /^[\p{Pi}\p{Ps}"'¡¿]*\p{L}[\p{L}\p{M}'’-]*(?<bare>[\p{Pf}\p{Pe}"']*)[\p{P}]*$/u;

export const isOneWord = (text: string): boolean => WORD.test(text);

/** A bare word gives a model that learned sentences little to go by. */
const SURE_OF_A_WORD = 0.4;
const SURE_OF_A_SENTENCE = 0.3;
/** Letters doubled inside a word ("Russianian") are babble unless the model is surer than this ("remember"). */
const SURE_OF_LETTERS = 0.6;

/**
 * Whether a translation of one word is babble, which models trained on sentences make of it: the model is unsure, words or
 * letters repeat themselves, or it is far longer than the word.
 */
export function isBabble(source: string, translation: string, confidence: number): boolean {
  if (translation.trim() === '') return true;
  const bare = !/[.!?…]/u.test(source);
  if (confidence < (bare ? SURE_OF_A_WORD : SURE_OF_A_SENTENCE)) return true;
  if (/(\p{L})\1{3}|(\p{L}{2,3})\2\2/iu.test(translation)) return true;
  if (confidence < SURE_OF_LETTERS && /(\p{L}{3,})\1/iu.test(translation)) return true;
  if (bare && translation.length > 2 * source.length + 8) return true;
  const starts = (translation.toLowerCase().match(/\p{L}+/gu) ?? []).filter((word) => word.length > 2);
  return new Set(starts.map((word) => word.slice(0, 4))).size < starts.length;
}

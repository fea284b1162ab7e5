/** "1.000", "1,000", "1 000" or "1'000": digits in groups of three. */
const GROUPED = /(?<![\d.,])\d{1,3}(?:([.,\u00a0\u202f'’ ])\d{3})(?:\1\d{3})*(?!\d|\1\d)/g;

/**
 * The numbers of a text as groups of digits, in ascending order, for comparing a text with its translation: German and
 * English marks make no difference ("1.000,5" and "1,000.5" are both 1000 and 5), nor do leading zeros ("03.05." and "3/5").
 * Numbers in words are not found.
 */
export function digitGroups(text: string): string[] {
  return digitRuns(text)
    .map((digits) => digits.replace(/^0+(?=\d)/, ''))
    .sort();
}

/** The same in the order of the text, with leading zeros. */
export const digitRuns = (text: string): string[] =>
  text.replace(GROUPED, (number) => number.replace(/\D/g, '')).match(/\d+/g) ?? [];

/** Whether two texts have the same numbers, each as often, in any order. */
export const sameDigits = (text: string, other: string): boolean =>
  digitGroups(text).join() === digitGroups(other).join();

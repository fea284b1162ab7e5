// What sacreBLEU's figures take from Python's strings: white space and rounding.

/** Python's `str.isspace`; JavaScript's `\s` lacks U+001C to U+001F and U+0085, and also includes U+FEFF. */
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const SPACES = new RegExp(`${SPACE}+`, 'u');
const END_SPACES = new RegExp(`${SPACE}+$`, 'u');

/** Python's `text.split()`. */
export function splitSpaces(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== '');
}

/** Python's `text.rstrip()`. */
export function stripEnd(text: string): string {
  return text.replace(END_SPACES, '');
}

/** Python's `f'{value:.{digits}f}'`: a value exactly halfway goes to the even one, whereas `toFixed` rounds up. */
export function fixed(value: number, digits: number): string {
  const [whole = '', decimals = ''] = value.toFixed(digits + 40).split('.'); // exact: a tie has digits + 1 decimals
  const kept = decimals.slice(0, digits);
  const isTie = /^50*$/.test(decimals.slice(digits));
  const isEven = Number((whole + kept).at(-1)) % 2 === 0;
  if (!isTie || !isEven) return value.toFixed(digits);
  return digits === 0 ? whole : `${whole}.${kept}`;
}

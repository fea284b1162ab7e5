/** How a column is aligned. */
export type Align = 'left' | 'right';

/** Rows as lines with aligned columns, two spaces apart. */
export function table(rows: readonly (readonly string[])[], aligns: readonly Align[]): string {
  const widths = aligns.map((_, column) => Math.max(...rows.map((row) => visible(row[column] ?? ''))));
  const set = (cell: string, column: number) => {
    const room = ' '.repeat(widths[column]! - visible(cell));
    return aligns[column] === 'right' ? room + cell : cell + room;
  };
  return rows
    .map(
      (row) =>
        `${aligns
          .map((_, i) => set(row[i] ?? '', i))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

const SIGNS = new Intl.Segmenter('en');
/** East Asian characters and emoji, which take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** A text as the signs that a reader sees. */
export const signsOf = (text: string): string[] => Array.from(SIGNS.segment(text), ({ segment }) => segment);

/** The columns of a terminal that a text takes, without colours. */
export function visible(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  const plain = text.replace(/\u001b\[\d+m/g, '');
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  return signsOf(plain).reduce((sum, sign) => sum + (WIDE.test(sign) ? 2 : 1), 0);
}

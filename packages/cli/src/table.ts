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

/** The width on the screen, in characters: without colours. */
function visible(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  return text.replace(/\u001b\[\d+m/g, '').length;
}

/** Where a text stands. */
type Where = { readonly paragraph: boolean; readonly cell: boolean };

/** A text with the escapes that it needs to be a text wherever it stands. */
export function careful(text: string, start: boolean, where: Where): string {
  return inPlace(
    text
      .replace(/[\\`*_[\]<>~$]/g, '\\$&')
      .replace(/&(?=#?\w+;)/g, '\\&')
      .replace(/!(?=\\\[)/g, '\\!'),
    start,
    where,
  );
}

/** With those that it most likely needs: not in names_like_this, nor between spaces, nor for [brackets]. */
export function plainly(text: string, start: boolean, where: Where): string {
  return inPlace(
    text
      .replace(/\\(?=[!-/:-@[-`{-~]|$)/g, '\\\\')
      .replace(/`/g, '\\`')
      .replace(/(?<=^|\S)\*|\*(?=\S|$)/g, '\\*')
      .replace(/(?<![\p{L}\p{N}_])_(?=\S|$)|(?<=^|\S)_(?![\p{L}\p{N}_])/gu, '\\_')
      .replace(/<(?=[a-z/!?])/gi, '\\<')
      .replace(/~(?=~)|(?<=~)~/g, '\\~')
      .replace(/\[(?=\^|[^[\]]*\][([:])|\](?=[([:])/g, '\\$&')
      .replace(/&(?=#?\w+;)/g, '\\&')
      .replace(/\$(?=\S[^$]*\$)/g, '\\$'),
    start,
    where,
  );
}

function inPlace(text: string, start: boolean, { paragraph, cell }: Where): string {
  const safe = cell ? text.replaceAll('|', '\\|') : text;
  if (!start || !paragraph) return safe;
  return safe
    .replace(/^(\s*)([-+*](?=\s|$)|#{1,6}(?=\s|$)|>|=+\s*$|-+\s*$|\[(?=[ x]\]\s)|:(?=[:\s]))/i, '$1\\$2')
    .replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, '$1\\$2');
}

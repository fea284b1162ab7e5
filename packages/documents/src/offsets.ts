/**
 * Where each character of a text is written in the document: `raw` may have escapes (\*), character references (&amp;), and
 * after a line break the prefix of a quotation or an indentation. The last offset is the end. Undefined if it is not clear.
 */
export function offsetsOf(raw: string, text: string): number[] | undefined {
  const offsets: number[] = [];
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    const rest = () => raw.slice(at, at + 40);
    if (character === '\n') {
      const found = /^[ \t]*(?:\r\n|\n|\r)/.exec(raw.slice(at));
      if (!found) return undefined;
      offsets.push(at);
      at += found[0].length;
      while (/[ \t>]/.test(raw[at] ?? '') && raw[at] !== text[i + 1]) at++;
      continue;
    }
    offsets.push(at);
    const entity = raw[at] === '&' ? /^&(?:#x[\da-f]+|#\d+|[a-z][a-z\d]*);?/i.exec(rest())?.[0] : undefined;
    if (entity !== undefined && (character !== '&' || /^&(?:amp|#38|#x26);?$/i.test(entity))) {
      at += entity.length;
      if (/[\ud800-\udbff]/.test(character)) offsets.push(offsets[i++] as number);
    } else if (raw[at] === '\\' && raw[at + 1] === character && /[!-/:-@[-`{-~]/.test(character)) at += 2;
    else if (raw[at] === character) at++;
    else return undefined;
  }
  return at === raw.length ? [...offsets, at] : undefined;
}

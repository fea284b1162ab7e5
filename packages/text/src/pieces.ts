/**
 * How text is split into pieces; pairs merge only within a piece. In the syntax of `tokenizer.json` (Oniguruma):
 * contractions · a run of letters and their combining marks (an umlaut in NFD stays whole) · one digit (numbers are copied
 * digit by digit) · a run of anything else · white space. A piece includes the one space before it.
 */
export const PIECE_PATTERN =
  "['’](?:[sdmt]|ll|ve|re)(?![\\p{L}\\p{M}])| ?[\\p{L}\\p{M}]+| ?\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** The pattern inside the `ByteLevel` pre-tokenizer of Hugging Face, which is GPT-2's. */
export const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Compiles a pattern of a `tokenizer.json`. White space there is Unicode's White_Space; JavaScript's own `\s` also includes
 * U+FEFF and lacks U+0085. Throws SyntaxError for syntax that JavaScript lacks.
 */
export function compilePattern(pattern: string): RegExp {
  const source = pattern.replace(/\\([\s\S])/g, (escaped, char: string) => {
    if (char === 's') return '\\p{White_Space}';
    if (char === 'S') return '\\P{White_Space}';
    return escaped;
  });
  return new RegExp(source, 'gu');
}

/** Calls `visit` with every piece, in order; text between matches is also a piece. Nothing is lost. */
export function eachPiece(pattern: RegExp, text: string, visit: (piece: string) => void): void {
  let end = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const piece = match[0];
    if (match.index > end) visit(text.slice(end, match.index));
    if (piece.length > 0) visit(piece);
    else pattern.lastIndex += (text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1;
    end = match.index + piece.length;
  }
  if (end < text.length) visit(text.slice(end));
}

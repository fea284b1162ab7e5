/** A few words and a colon: 'Ort:', 'Date and place:'. Markup has no width, so that 'Ort:' may be bold. */
const LABEL = /^[ \t]*\p{Lu}[^\s:.!?,;]{0,40}(?:[ \t][^\s:.!?,;]{1,40}){0,3}[ \t]?:(?=\s|$)/u;

/** A long line, or one that ends in a small word: the sentence goes on in the next. */
const GOES_ON = /^.{50}|[^:\s] \p{Ll}+[ \t]*$/u;

/** What ends a letter; names and addresses follow, line by line. */
const CLOSING =
  /^[ \t]*(?:Mit (?:freundlichen|besten|herzlichen|lieben|vielen|sonnigen) Grü(?:ß|ss)en|(?:Freundliche|Viele|Liebe|Beste|Herzliche|Schöne) Grü(?:ß|ss)e|Hochachtungsvoll|MfG|LG|VG|(?:(?:With )?(?:Kind|Best|Warm)(?:est)? )?Regards|Best wishes|Yours (?:sincerely|faithfully|truly)|Sincerely(?: yours)?),?[ \t]*$/iu;

/**
 * The offsets of those line breaks of a text that end a sentence though they are no hard ones: between two lines that begin with
 * a label, and after the closing of a letter.
 */
export function sentenceBreaks(text: string): number[] {
  const breaks: number[] = [];
  let [closed, labelled, at] = [false, false, 0];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const isLabelled = LABEL.test(line);
    if (at > 0 && (closed || (labelled && isLabelled))) breaks.push(at - 1);
    closed ||= CLOSING.test(line);
    labelled = isLabelled && !GOES_ON.test(line);
    at += line.length;
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
  return breaks;
}

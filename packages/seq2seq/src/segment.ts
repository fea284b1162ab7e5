/** A piece of text that is translated separately, and what follows it in the output. */
export type Segment = { readonly text: string; readonly after: string };

/**
 * Splits a text at line breaks, and a line that does not fit at the ends of sentences (Unicode UAX #29), as few times as
 * possible. White space around segments is dropped; segments may be empty.
 */
export function segmentText(text: string, fits: (text: string) => boolean, locale?: string): Segment[] {
  const lines = text.split(/(\r\n|\n|\r)/);
  const segments: Segment[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const line = (lines[i] as string).trim();
    const parts = line === '' || fits(line) ? [line] : packSentences(line, fits, locale);
    parts.forEach((part, at) =>
      segments.push({ text: part, after: at < parts.length - 1 ? ' ' : (lines[i + 1] ?? '') }),
    );
  }
  return segments;
}

function packSentences(line: string, fits: (text: string) => boolean, locale?: string): string[] {
  const packed: string[] = [];
  for (const { segment } of new Intl.Segmenter(locale, { granularity: 'sentence' }).segment(line)) {
    const sentence = segment.trim();
    if (sentence === '') continue;
    const last = packed.at(-1);
    const joined = `${last} ${sentence}`;
    if (last !== undefined && fits(joined)) packed[packed.length - 1] = joined;
    else packed.push(sentence);
  }
  return packed;
}

import type { TextWarning } from '@ringformer/seq2seq/engine';

/** The warnings of a batch of lines, put together by line. */
export function lineWarnings() {
  const byLine = new Map<number, string[]>();
  return {
    onWarning({ text, message }: TextWarning): void {
      const told = byLine.get(text) ?? [];
      if (!told.includes(message)) byLine.set(text, [...told, message]);
    },
    /** What there is to say about a line, counted from 0. */
    of: (line: number): string | undefined => byLine.get(line)?.join(' '),
    /** Lines for stderr; `first` is the number of the first line of the batch. */
    said: (name: string, first: number): string =>
      [...byLine]
        .sort(([a], [b]) => a - b)
        .map(([line, messages]) => `ringformer: ${name}, line ${first + line}: ${messages.join(' ')}\n`)
        .join(''),
  };
}

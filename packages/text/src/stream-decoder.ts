import type { Tokenizer } from './tokenizer.ts';

/** Returns text as its ids arrive. Everything `push` and `flush` return, joined, is `tokenizer.decode` of all the ids. */
export type StreamDecoder = {
  /** The text that this id completes: '' while a character is incomplete. Throws `bad-argument`. */
  push(id: number): string;
  /** What is left at the end: '', or U+FFFD for a character that was never completed. The next push starts again. */
  flush(): string;
};

/** Decodes one id at a time, for text that is shown while it is generated. */
export function streamDecoder(tokenizer: Tokenizer): StreamDecoder {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let atStart = true;
  const fromStart = (text: string): string => {
    if (!atStart || text === '') return text;
    atStart = false;
    const { prefix } = tokenizer;
    return prefix !== '' && text.startsWith(prefix) ? text.slice(prefix.length) : text;
  };
  return {
    push: (id) => fromStart(utf8.decode(tokenizer.bytes(id), { stream: true })),
    flush: () => {
      const rest = fromStart(utf8.decode());
      atStart = true;
      return rest;
    },
  };
}

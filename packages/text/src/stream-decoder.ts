import type { Tokenizer } from './tokenizer.ts';

/** Gives text as its ids arrive. What `push` and `flush` gave, put together, is `tokenizer.decode` of all the ids. */
export type StreamDecoder = {
  /** The text that this id completes: '' while a character is still half. Throws `bad-argument`. */
  push(id: number): string;
  /** What is left at the end: '', or U+FFFD for a character that never came whole. The next push starts anew. */
  flush(): string;
};

/** Decodes one id at a time, for output that appears while it is made. */
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

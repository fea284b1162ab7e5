import { streamDecoder } from '@ringformer/text';
import type { TranslateOptions } from './options.ts';
import type { Searcher } from './searcher.ts';

/** Pieces of the greedy translation as they are decoded; none is empty. */
export async function* streamText(
  { tokenizer, segments, ids, search }: Searcher,
  text: string,
  options: TranslateOptions,
): AsyncGenerator<string, void, void> {
  for (const segment of segments(text)) {
    if (segment.text !== '') {
      const decoder = streamDecoder(tokenizer);
      const tokens = queue<number>(
        (onToken, signal) => search([ids(segment.text)], { ...options, signal, beams: 1 }, { onToken }),
        options.signal,
      );
      for await (const token of tokens) {
        const piece = decoder.push(token);
        if (piece !== '') yield piece;
      }
      const rest = decoder.flush();
      if (rest !== '') yield rest;
    }
    if (segment.after !== '') yield segment.after;
  }
}

/** What `produce` pushes, as an async iterator. Leaving the loop early aborts the producer and waits for it to end. */
async function* queue<T>(
  produce: (push: (item: T) => void, signal: AbortSignal) => Promise<unknown>,
  outer?: AbortSignal,
): AsyncGenerator<T, void, void> {
  const stop = new AbortController();
  const items: T[] = [];
  let wake = () => {};
  let over = false;
  const work = produce(
    (item) => {
      items.push(item);
      wake();
    },
    outer ? AbortSignal.any([outer, stop.signal]) : stop.signal,
  ).finally(() => {
    over = true;
    wake();
  });
  work.catch(() => {}); // awaited below; an early return must not leave it unhandled
  try {
    while (!over || items.length > 0) {
      if (items.length > 0) yield items.shift() as T;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    await work;
  } finally {
    stop.abort();
    await work.catch(() => {});
  }
}

import { streamDecoder } from '@ringformer/text';
import type { TranslateOptions } from './options.ts';
import { joinKept, type Part } from './plan.ts';
import type { Searcher } from './ready.ts';

/** Pieces of the greedy translation as they are decoded; none is empty. */
export async function* streamText(
  searcher: Searcher,
  text: string,
  options: TranslateOptions,
): AsyncGenerator<string, void, void> {
  const [parts = []] = await searcher.parts([text], options);
  yield* streamParts(searcher, parts, { ...options, beams: 1 });
}

async function* streamParts(
  searcher: Searcher,
  parts: readonly Part[],
  options: TranslateOptions,
): AsyncGenerator<string, void, void> {
  const { tokenizer, ids, search } = searcher;
  for (const part of parts) {
    if (typeof part === 'string') {
      yield part;
      continue;
    }
    const source = [ids(part.source)];
    if (!part.each) {
      const [found] = await search(source, options);
      const finished = part.finish(tokenizer.decode(found?.[0]?.tokens ?? []));
      if (finished === undefined) yield* streamParts(searcher, joinKept(part.otherwise?.() ?? []), options);
      else if (finished !== '') yield finished;
      continue;
    }
    const decoder = streamDecoder(tokenizer);
    const tokens = queue<number>(
      (onToken, signal) => search(source, { ...options, signal }, { onToken }),
      options.signal,
    );
    let said = '';
    for await (const token of tokens) {
      const piece = decoder.push(token);
      said += piece;
      if (piece !== '') yield part.each(piece);
    }
    const rest = decoder.flush();
    if (rest !== '') yield part.each(rest);
    else if (said === '') yield part.finish('') ?? part.written;
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

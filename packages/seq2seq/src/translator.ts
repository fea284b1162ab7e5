import { RingformerError } from '@ringformer/core/base';
import { streamDecoder, type Tokenizer } from '@ringformer/text';
import { beamSearch } from './beam.ts';
import type { Seq2seqConfig } from './config.ts';
import { greedySearch, type Hypothesis } from './greedy.ts';
import type { EngineSeq2seq, Levels } from './inference.ts';
import type { Inspection } from './inspect.ts';
import { segmentText } from './segment.ts';

export type TranslateOptions = {
  /** Width of the search; 1 is greedy. Default 4. */
  readonly beams?: number;
  /** α of the length penalty (Wu et al., 2016). Default 1. */
  readonly lengthPenalty?: number;
  /** Most tokens of a translation. Default: twice the source and 10 more, within the model's limit. */
  readonly maxLength?: number;
  /** How many of the model's levels are passed, on both sides or on each: fewer are faster and worse. Default: all. */
  readonly levels?: number | Levels;
  readonly signal?: AbortSignal;
};

export type BatchOptions = TranslateOptions & {
  /** Sentences decoded together. Default 32. */
  readonly batchSize?: number;
  readonly onProgress?: (sentences: { done: number; total: number }) => void;
};

/** A model and its tokenizer, from text to text. Call `dispose` when done with it. */
export type Translator = {
  readonly config: Seq2seqConfig;
  readonly tokenizer: Tokenizer;
  /** What computes: whole passes in one call, ONNX Runtime, or TensorFlow.js' operations. */
  readonly engine: 'wasm' | 'onnx' | 'tfjs';
  /** One text; line breaks stay where they are, long lines are translated sentence by sentence. */
  translate(text: string, options?: TranslateOptions): Promise<string>;
  /** Many texts, decoded in batches of similar length; order and empty texts are kept. */
  translateBatch(texts: readonly string[], options?: BatchOptions): Promise<string[]>;
  /** The `beams` best translations of one sentence, best first. */
  nBest(text: string, options?: TranslateOptions): Promise<{ text: string; score: number }[]>;
  /** Pieces of the greedy translation as they come: put together, `translate` with one beam. */
  stream(text: string, options?: Omit<TranslateOptions, 'beams' | 'lengthPenalty'>): AsyncGenerator<string, void, void>;
  /** What the model looked at from level to level, over one sentence and a translation of it. TensorFlow.js' engine alone. */
  inspect(texts: { readonly source: string; readonly target: string }): Promise<Inspection>;
  dispose(): void;
};

/** A longer text is refused: it is a file, to be read line by line. */
const MAX_CHARACTERS = 20_000;

/** What a translator needs of a model. */
export type Engine = EngineSeq2seq & {
  readonly engine: Translator['engine'];
  inspect?(texts: { readonly source: string; readonly target: string }): Promise<Inspection>;
};

/** A translator over an engine, which it owns from then on. */
export function makeTranslator(config: Seq2seqConfig, tokenizer: Tokenizer, engine: Engine): Translator {
  const room = config.maxLength - 2; // bos and eos
  const fits = (text: string) => tokenizer.encode(text).length <= room;
  // A table may be larger than the vocabulary: no text belongs to its last rows.
  const spare = Array.from(
    { length: Math.max(0, config.targetVocab - tokenizer.vocabSize) },
    (_, i) => tokenizer.vocabSize + i,
  );
  const banned = [config.padId, config.bosId, ...spare];

  const segmentsOf = (text: string) => {
    if (text.length > MAX_CHARACTERS) {
      throw new RingformerError(
        'bad-text',
        `[ringformer] A text of ${text.length} characters is too long: at most ${MAX_CHARACTERS} are translated at once. Split it into lines.`,
      );
    }
    return segmentText(text, fits);
  };

  const idsOf = (text: string): number[] => {
    const ids = tokenizer.encode(text);
    if (ids.length > room) {
      throw new RingformerError(
        'bad-text',
        `[ringformer] A sentence of ${ids.length} tokens is too long: this model reads at most ${room}. Split it ("${text.slice(0, 40)}…").`,
      );
    }
    return [config.bosId, ...ids, config.eosId];
  };

  const search = async (
    sources: number[][],
    { beams = 4, lengthPenalty = 1, maxLength, levels, signal }: TranslateOptions,
    scores: boolean,
    onToken?: (token: number) => void,
  ): Promise<Hypothesis[][]> => {
    checkCount('beams', beams);
    if (maxLength !== undefined) checkCount('maxLength', maxLength);
    signal?.throwIfAborted();
    const limits = sources.map((ids) => Math.min(maxLength ?? 2 * ids.length + 10, config.maxLength - 1));
    const { bosId: startId, eosId: endId } = config;
    const decoding = engine.open(sources, {
      rows: beams * sources.length,
      banned,
      levels: levelsOf(config, levels),
      scores: scores || beams > 1,
    });
    if (beams > 1) return beamSearch(decoding, { beams, startId, endId, limits, lengthPenalty, signal });
    const found = await greedySearch(decoding, {
      startId,
      endId,
      limits,
      signal,
      onToken: (_, token) => onToken?.(token),
    });
    return found.map((hypothesis) => [hypothesis]);
  };

  const translateBatch = async (
    texts: readonly string[],
    { batchSize = 32, onProgress, ...options }: BatchOptions = {},
  ) => {
    checkCount('batchSize', batchSize);
    const plans = texts.map(segmentsOf);
    const jobs = plans
      .flat()
      .flatMap((segment) => (segment.text === '' ? [] : [{ segment, ids: idsOf(segment.text) }]));
    const results = new Map<object, string>();
    jobs.sort((a, b) => a.ids.length - b.ids.length);
    for (let at = 0; at < jobs.length; at += batchSize) {
      const batch = jobs.slice(at, at + batchSize);
      const found = await search(
        batch.map(({ ids }) => ids),
        options,
        false,
      );
      batch.forEach(({ segment }, i) => results.set(segment, tokenizer.decode(found[i]?.[0]?.tokens ?? [])));
      onProgress?.({ done: at + batch.length, total: jobs.length });
    }
    return plans.map((segments) => segments.map((segment) => (results.get(segment) ?? '') + segment.after).join(''));
  };

  return {
    config,
    tokenizer,
    engine: engine.engine,
    translateBatch,
    translate: async (text, options) => (await translateBatch([text], options))[0] as string,
    async nBest(text, options = {}) {
      const [found = []] = text.trim() === '' ? [] : await search([idsOf(text.trim())], options, true);
      return found.map(({ tokens, score }) => ({ text: tokenizer.decode(tokens), score }));
    },
    async *stream(text, options = {}) {
      for (const segment of segmentsOf(text)) {
        if (segment.text !== '') {
          const decoder = streamDecoder(tokenizer);
          for await (const token of queue<number>(
            (push, signal) => search([idsOf(segment.text)], { ...options, signal, beams: 1 }, false, push),
            options.signal,
          )) {
            const piece = decoder.push(token);
            if (piece !== '') yield piece;
          }
          const rest = decoder.flush();
          if (rest !== '') yield rest;
        }
        if (segment.after !== '') yield segment.after;
      }
    },
    async inspect(texts) {
      if (engine.inspect) return engine.inspect(texts);
      throw new RingformerError(
        'bad-argument',
        `[ringformer] The engine '${engine.engine}' shows nothing of its inside. Load the model with engine 'tfjs'.`,
      );
    },
    dispose: () => engine.dispose(),
  };
}

/** @throws RingformerError 'bad-argument' where the model has not so many levels. */
function levelsOf(config: Seq2seqConfig, levels: TranslateOptions['levels']): Levels {
  const both = typeof levels === 'object' ? levels : { encoder: levels, decoder: levels };
  for (const side of ['encoder', 'decoder'] as const) {
    const most = config[`${side}Levels`];
    const given = both[side];
    if (given === undefined || (Number.isSafeInteger(given) && given >= 1 && given <= most)) continue;
    throw new RingformerError(
      'bad-argument',
      `[ringformer] levels: ${given} of the ${side}'s are wanted, it has ${most}. Give a whole number from 1 to ${most}.`,
    );
  }
  return both;
}

function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RingformerError(
    'bad-argument',
    `[ringformer] ${name} is ${value}: a whole number of at least 1 is wanted.`,
  );
}

/** What `produce` pushes, as an async iterator; leaving the loop early aborts the producer and waits for its end. */
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

import { checkOptions, RingformerError, saidOf } from '@ringformer/core/base';
import type { Tokenizer } from '@ringformer/text';
import type { Alignment } from './align.ts';
import { type Translation, translateInDetail, translateTexts } from './batches.ts';
import { checkText } from './check-text.ts';
import type { Seq2seqConfig } from './config.ts';
import type { EngineSeq2seq } from './inference.ts';
import type { Inspection } from './inspect.ts';
import { loadTexts } from './load-texts.ts';
import type { Candidate } from './n-best.ts';
import type { BatchOptions, TranslateOptions } from './options.ts';
import { searcher } from './searcher.ts';

export type { Alignment } from './align.ts';
export type { Translation } from './batches.ts';
export type { Candidate } from './n-best.ts';
export type { BatchOptions, TextWarning, TranslateOptions } from './options.ts';

/** A model and its tokenizer, from text to text. Call `dispose` when done with it. */
export type Translator = {
  readonly config: Seq2seqConfig;
  readonly tokenizer: Tokenizer;
  /** What computes it: whole passes in WebAssembly, ONNX Runtime, or TensorFlow.js operations. */
  readonly engine: 'wasm' | 'onnx' | 'tfjs';
  /**
   * One text, sentence by sentence. Line breaks, the white space between sentences, and whatever isn't language (addresses,
   * code, placeholders, emoji, lines without letters) stay as they are.
   */
  translate(text: string, options?: TranslateOptions): Promise<string>;
  /** Many texts, decoded in batches of similar length; order and empty texts are preserved. */
  translateBatch(texts: readonly string[], options?: BatchOptions): Promise<string[]>;
  /** The same, with how sure the model is of each text and of each sentence. */
  translateDetailed(texts: readonly string[], options?: BatchOptions): Promise<Translation[]>;
  /** The `beams` best translations of a text, best first. With several sentences, the best combinations of theirs. */
  nBest(text: string, options?: TranslateOptions): Promise<Candidate[]>;
  /** Pieces of the greedy translation as they are decoded. Together they are what `translate` returns with one beam. */
  stream(text: string, options?: Omit<TranslateOptions, 'beams' | 'lengthPenalty'>): AsyncGenerator<string, void, void>;
  /**
   * Which words of a translation come from which words of its source, by the model's attention: for each pair of texts, its
   * own translation or any other. Undefined for what is empty or longer than the model reads. ONNX graphs cannot say.
   */
  align?(
    pairs: readonly { readonly source: string; readonly target: string }[],
    options?: Pick<BatchOptions, 'batchSize' | 'signal' | 'from' | 'to'>,
  ): Promise<(Alignment | undefined)[]>;
  /**
   * What the model looked at in each level, for one sentence and a translation of it. Only on TensorFlow.js.
   */
  inspect?(texts: { readonly source: string; readonly target: string }): Promise<Inspection>;
  dispose(): void;
};

/** A translator on TensorFlow.js, the only engine that shows what happens inside. */
export type TensorTranslator = Translator & Required<Pick<Translator, 'inspect'>> & { readonly engine: 'tfjs' };

const TRANSLATE_OPTIONS = [
  'beams',
  'lengthPenalty',
  'noRepeat',
  'raw',
  'maxLength',
  'levels',
  'from',
  'to',
  'strict',
  'onWarning',
  'signal',
] as const satisfies readonly (keyof TranslateOptions)[];
const BATCH_OPTIONS = [
  ...TRANSLATE_OPTIONS,
  'batchSize',
  'onProgress',
] as const satisfies readonly (keyof BatchOptions)[];

/** A translator over a model, which it then owns; `engine` is what computes it. */
export function makeTranslator(
  config: Seq2seqConfig,
  tokenizer: Tokenizer,
  engine: Translator['engine'],
  model: EngineSeq2seq,
): Translator {
  const ready = searcher(config, tokenizer, model);
  const check = (method: string, options: unknown, known: readonly string[] = TRANSLATE_OPTIONS) =>
    checkOptions(`[ringformer/seq2seq] ${method}`, options, known);
  return {
    config,
    tokenizer,
    engine,
    async translate(text, options = {}) {
      check('translate', options);
      checkText(text);
      return (await translateTexts(ready, [text], options))[0] as string;
    },
    async translateBatch(texts, options = {}) {
      check('translateBatch', options, BATCH_OPTIONS);
      return translateTexts(ready, texts, options);
    },
    async translateDetailed(texts, options = {}) {
      check('translateDetailed', options, BATCH_OPTIONS);
      return translateInDetail(ready, texts, options);
    },
    async nBest(text, options = {}) {
      check('nBest', options);
      checkText(text);
      const { bestOf } = await loadTexts();
      return bestOf(ready, text, options);
    },
    async *stream(text, options = {}) {
      check('stream', options);
      const { beams = 1 } = options as TranslateOptions;
      if (beams !== 1) {
        throw new RingformerError(
          'bad-argument',
          `[ringformer/seq2seq] stream: beams is ${saidOf(beams)}, but only greedy search can stream. Leave it out, or use translate.`,
        );
      }
      const { streamText } = await loadTexts();
      yield* streamText(ready, text, options);
    },
    ...(model.attends && {
      async align(pairs, options = {}) {
        check('align', options, ['batchSize', 'signal', 'from', 'to']);
        const { alignTexts } = await loadTexts();
        return alignTexts({ config, tokenizer, model }, pairs, options);
      },
    }),
    dispose: () => model.dispose(),
  };
}

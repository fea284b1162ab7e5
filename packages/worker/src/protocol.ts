import type { EngineOptions } from '@ringformer/core/base';
import type { Image } from '@ringformer/images';
import type {
  BatchOptions,
  Candidate,
  Inspection,
  Seq2seqConfig,
  TextWarning,
  TranslateOptions,
  Translation,
  Translator,
} from '@ringformer/seq2seq/engine';
import type { Classifier, ClassifyOptions, Guess, ImageInspection, VitConfig } from '@ringformer/vit';
import type { OwnBytes } from './bytes.ts';
import type { Evaluation, Trained, TrainJob, TrainStep } from './train-job.ts';
import type { Reply } from './wire.ts';

/** A model's place as absolute addresses, because only strings can be sent. */
export type PlainPlace = string | ({ readonly manifest: string } & Readonly<Record<string, string>>);

/** How a model is loaded: plain data. */
export type LoadArgs = {
  readonly at: PlainPlace;
  readonly cache?: string | false;
  readonly engine?: 'wasm' | 'tfjs';
} & EngineOptions;

type Sent<T> = Omit<T, 'signal' | 'onProgress' | 'onWarning'>;

/** The worker's methods: arguments and result of each, all plain data. */
export type Methods = {
  start: [{ readonly backend?: unknown }, { readonly lock?: string }];
  loadTranslator: [LoadArgs, Loaded & { readonly config: Seq2seqConfig; readonly engine: Translator['engine'] }];
  translateBatch: [
    { readonly id: number; readonly texts: readonly string[]; readonly options: Sent<BatchOptions> },
    string[],
  ];
  translateDetailed: [
    { readonly id: number; readonly texts: readonly string[]; readonly options: Sent<BatchOptions> },
    Translation[],
  ];
  nBest: [{ readonly id: number; readonly text: string; readonly options: Sent<TranslateOptions> }, Candidate[]];
  inspect: [{ readonly id: number; readonly texts: { readonly source: string; readonly target: string } }, Inspection];
  loadClassifier: [LoadArgs, Loaded & { readonly config: VitConfig; readonly engine: Classifier['engine'] }];
  classify: [
    { readonly id: number; readonly images: Float32Array | readonly Image[]; readonly options: ClassifyOptions },
    Guess[][],
  ];
  inspectImage: [{ readonly id: number; readonly image: Float32Array | Image }, ImageInspection];
  train: [TrainJob, Trained];
  dispose: [{ readonly id: number }, undefined];
};

/** `fresh` and `kept` are those of `OpenModel`. */
export type Loaded = { readonly id: number; readonly fresh: boolean; readonly kept: boolean };

/** What a worker reports during a call. Each report is answered, so none arrives after the result. */
export type Hooks = {
  /** Progress of a model's files. */
  onBytes?(bytes: { loaded: number; total: number }): void;
  /** Progress of a batch. */
  onSentences?(sentences: { done: number; total: number }): void;
  onWarning?(message: string): void;
  /** A sentence that could not be translated as it is. */
  onTextWarning?(warning: TextWarning): void;
  onStep?(report: TrainStep): void;
  onEvaluation?(report: Evaluation): void;
  onCheckpoint?(bytes: OwnBytes, step: number): void | Promise<void>;
};

/** The worker's implementation of a method. */
export type Method<M extends keyof Methods> = (args: Methods[M][0], context: Context) => Promise<Methods[M][1]>;
export type Context = { readonly signal: AbortSignal; readonly hooks: Hooks };

export type StreamArgs = {
  readonly id: number;
  readonly text: string;
  readonly options: Sent<Omit<TranslateOptions, 'beams' | 'lengthPenalty'>>;
};

/** Pieces on demand; `return` ends the search. */
export type Pieces = { next(): Promise<Reply<IteratorResult<string, void>>>; return(): Promise<void> };

/** What accompanies a call: the abort signal's port, and which callbacks exist. */
export type Line = { readonly port?: MessagePort; readonly hooks?: readonly (keyof Hooks)[] };

/** What comlink exposes. */
export type Exposed = {
  call<M extends keyof Methods>(
    method: M,
    args: Methods[M][0],
    line: Line,
    hooks?: Required<Hooks>,
  ): Promise<Reply<Methods[M][1]>>;
  stream(args: StreamArgs, line: Line, hooks?: Required<Hooks>): Pieces;
};

/** What the worker says when it begins to serve, because messages that came before are lost. Comlink ignores it. */
export const READY = 'ringformer-worker-ready';

import type { Transform } from '@ringformer/images';
import type { Seq2seqConfig, TextWarning } from '@ringformer/seq2seq/engine';
import type { Guess, VitConfig } from '@ringformer/vit/engine';

/** A port to another thread: a `Worker`, its `parentPort`, or one end of a `MessageChannel`. */
export type Port = {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
};

/** What the thread that serves asks; `model` is the number of a translator. */
export type Ask =
  | {
      readonly id: number;
      readonly call: 'translate';
      readonly model: number;
      readonly texts: readonly string[];
      readonly options: object;
    }
  | {
      readonly id: number;
      readonly call: 'nBest' | 'stream';
      readonly model: number;
      readonly text: string;
      readonly options: object;
    }
  | {
      readonly id: number;
      readonly call: 'align';
      readonly model: number;
      readonly pairs: readonly { readonly source: string; readonly target: string }[];
      readonly options: object;
    }
  | { readonly id: number; readonly call: 'classify'; readonly images: Float32Array; readonly options: object }
  | { readonly id: number; readonly call: 'abort' };

/** An error as plain data: a clone would lose its code. */
export type PlainFailure = {
  readonly name: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly message: string;
  readonly stack?: string;
};

/** What the thread with the models answers. */
export type Tell =
  | { readonly facts: Facts }
  | { readonly unable: PlainFailure }
  | { readonly id: number; readonly warning: TextWarning }
  | { readonly id: number; readonly piece: string }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: PlainFailure };

/** What the other side must know of the models. */
export type Facts = {
  /** `aligns`: whether it has `align`. */
  readonly translators: readonly { readonly config: Seq2seqConfig; readonly aligns: boolean }[];
  readonly classifier?: { readonly config: VitConfig; readonly transform: Transform };
};

export type Guesses = Guess[][];

export function plainFailure(error: unknown): PlainFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  return {
    name,
    message,
    stack,
    ...(typeof code === 'string' && { code }),
    ...(typeof statusCode === 'number' && { statusCode }),
  };
}

export const errorOf = ({ message, ...others }: PlainFailure): Error => Object.assign(new Error(message), others);

/** Lines of an input, as the thread gets them. */
export type Piece = {
  /** The shard. */
  readonly shard: number;
  /** The name of the input, for messages. */
  readonly name: string;
  /** The number of the first line, from 1, and where it begins in the input. */
  readonly first: number;
  readonly start: number;
  readonly lines: number;
  /** A last line that is longer than any text may be cut short. */
  readonly bytes: Uint8Array;
};

/** What became of them. */
export type Computed = {
  /** One line for each line. */
  readonly output: Uint8Array;
  readonly lines: number;
  readonly bad: number;
  readonly notes: readonly string[];
};

/** Computes a piece; `onProgress` takes how many of its lines are ready. The same piece always gives the same output. */
export type Compute = (piece: Piece, onProgress: (lines: number) => void) => Promise<Computed>;

/** What the thread is asked, and what it answers. */
export type Ask = { readonly id: number; readonly piece: Piece };
export type Tell =
  | { readonly ready: true }
  | { readonly unable: PlainError }
  | { readonly id: number; readonly progress: number }
  | { readonly id: number; readonly value: Computed }
  | { readonly id: number; readonly failure: PlainError };

/** An error as plain data: a clone would lose its code. */
export type PlainError = { readonly name: string; readonly message: string; readonly code?: string };

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { code } = error as { code?: unknown };
  return { name: error.name, message: error.message, ...(typeof code === 'string' && { code }) };
}

export const errorOf = ({ message, ...others }: PlainError): Error => Object.assign(new Error(message), others);

import type { Readable, Writable } from 'node:stream';

/** Where a command reads and writes. Tests pass their own. */
export type Io = {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP; see stop.ts. */
  readonly signal: AbortSignal;
};

/**
 * Writes text and waits while the reader is slower than we are. @throws the stream's error: EPIPE if the reader has gone.
 */
export async function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** One JSON value on a line of its own. */
export function writeJson(stream: Writable, value: unknown): Promise<void> {
  return write(stream, `${JSON.stringify(value)}\n`);
}

type Paint = (text: string) => string;
export type Colours = { readonly bold: Paint; readonly dim: Paint; readonly green: Paint; readonly red: Paint };

/** Colours on a terminal; none elsewhere, or if NO_COLOR is set (https://no-color.org). */
export function colours(stream: { readonly isTTY?: boolean }, env: Io['env']): Colours {
  const coloured = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      coloured ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), green: paint(32, 39), red: paint(31, 39) };
}

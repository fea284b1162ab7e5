import { createWriteStream, existsSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { FailedError, whyNot } from './errors.ts';
import { type Io, write } from './io.ts';

/** Where a command's lines go. */
export type Output = { readonly write: (text: string) => Promise<void> };

/**
 * Runs `work` with stdout as its output or, where a path is given, with a file that appears whole or not at all: written
 * beside its place and renamed when `work` is done, removed when it fails.
 * @throws FailedError where the file cannot be written.
 */
export async function withOutput<T>(
  path: string | undefined,
  io: Io,
  work: (output: Output) => Promise<T>,
): Promise<T> {
  if (path === undefined) return work({ write: (text) => write(io.stdout, text) });
  const refuse = (cause: unknown): never => {
    throw new FailedError(`${path} cannot be written: ${whyNot(cause)}.`, { cause });
  };
  if (existsSync(path) && statSync(path).isDirectory())
    throw new FailedError(`${path} cannot be written: it is a directory.`);
  const temporary = `${path}.${process.pid}.tmp`;
  const stream = createWriteStream(temporary, { flags: 'wx' });
  stream.on('error', () => {}); // reported by the writes
  try {
    await new Promise<void>((resolve, reject) => stream.once('open', () => resolve()).once('error', reject)).catch(
      refuse,
    );
    const result = await work({ write: (text) => write(stream, text).catch(refuse) });
    stream.end();
    await finished(stream).catch(refuse);
    await rename(temporary, path).catch(refuse);
    return result;
  } catch (error) {
    stream.destroy();
    await rm(temporary, { force: true });
    throw error;
  }
}

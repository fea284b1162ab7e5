import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { whyNot } from '@ringformer/core/base';
import { removeOnExit } from '../cleanup.ts';
import { FailedError } from '../errors.ts';
import { isStream, openInput } from '../open-input.ts';
import type { Entries } from './entries.ts';
import { pathsOf } from './settings.ts';

/**
 * Calls `use` with settings in which each pipe is a file with what came out of it: a run reads its texts several times. The
 * files are there only while it runs.
 * @throws FailedError if a pipe cannot be read; the signal's reason; what `use` throws
 */
export async function withPipesCopied<S extends object, T>(
  entries: Entries<S>,
  settings: S,
  signal: AbortSignal,
  use: (settings: S) => Promise<T>,
): Promise<T> {
  const found = pipesIn(entries, settings);
  if (found.size === 0) return use(settings);
  const folder = mkdtempSync(join(tmpdir(), 'ringformer-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = removeOnExit(remove);
  const copies = [...new Set(found.values())].map((path, i) => ({
    path,
    copy: join(folder, /\.gz$/i.test(path) ? `${i}.gz` : `${i}`),
  }));
  try {
    await Promise.all(copies.map(({ path, copy }) => copyPipe(path, copy, signal))); // one program may write into several
    const named = [...found].map(([name, path]) => [name, copies.find((one) => one.path === path)?.copy]);
    return await use({ ...settings, ...Object.fromEntries(named) });
  } catch (error) {
    if (error instanceof Error)
      for (const { path, copy } of copies) error.message = error.message.replaceAll(copy, path);
    throw error;
  } finally {
    forget();
    remove();
  }
}

/** The settings that name pipes. */
export function pipesIn<S extends object>(
  entries: Entries<S>,
  settings: Readonly<Record<string, unknown>> | S,
): Map<string, string> {
  const values = settings as Readonly<Record<string, unknown>>;
  return new Map(
    pathsOf(entries).flatMap((name): [string, string][] => {
      const path = values[name];
      return typeof path === 'string' && path !== '' && isStream(path) ? [[name, path]] : [];
    }),
  );
}

async function copyPipe(path: string, copy: string, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(openInput(path), createWriteStream(copy), { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new FailedError(`${path} cannot be read: ${whyNot(cause)}.`, { cause });
  }
}

import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { RingformerError } from '@ringformer/core/base';
import { isSoftware } from '@ringformer/core/webgpu';
import { findPackage, type Installed } from './modules.ts';

/** What the `webgpu` package exports. */
type Dawn = { create(flags: string[]): GPU; globals: Record<string, unknown> };

/** A GPU or CPU that Dawn sees. `software`: it computes on the CPU. */
export type Adapter = { readonly backend: string; readonly name: string; readonly software: boolean };

/** Loads Dawn. @throws RingformerError 'no-backend' if its library does not load. */
export async function loadDawn(dawn: Installed): Promise<Dawn> {
  try {
    return (await import(pathToFileURL(dawn.entry).href)) as Dawn;
  } catch (cause) {
    throw notLoaded(dawn, (cause as Error).message.split('\n')[0] ?? '', cause);
  }
}

const notLoaded = ({ version }: Installed, why: string, cause: unknown) =>
  new RingformerError(
    'no-backend',
    `[ringformer/node-gpu] webgpu ${version} does not load on ${process.platform} ${process.arch}: ${why} ` +
      'It supports Linux and Windows (x64, arm64) and macOS.',
    { cause },
  );

/** Every adapter that Dawn can use here; empty if there is none, or no Dawn. @throws as `askDawn` */
export async function listAdapters(modules?: string): Promise<Adapter[]> {
  const found = findPackage('webgpu', modules);
  return found ? [...(await askDawn(found)).adapters] : [];
}

/** Dawn lists its adapters only in the error for an unknown name. */
const LIST = `import(process.argv[1])
  .then(({ create }) => create(['adapter=(list)']).requestAdapter().catch(({ message }) => console.log(message)),
    (error) => { console.error(error.message.split('\\n')[0]); process.exitCode = 3; })
  .finally(() => process.exit())`;

/**
 * The adapters that Dawn sees, and the lines of its own that it prints meanwhile. Asked in a process of its own, because
 * Dawn writes to stderr by itself.
 * @throws RingformerError 'no-backend' if its library does not load, or crashes.
 */
export function askDawn(dawn: Installed): Promise<{ readonly adapters: readonly Adapter[]; readonly says: string[] }> {
  return new Promise((resolve, reject) => {
    const args = ['--input-type=module', '--eval', LIST, pathToFileURL(dawn.entry).href];
    execFile(process.execPath, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      const says = dawnLines(stderr);
      if (!error) resolve({ adapters: parseAdapters(stdout), says });
      else reject(notLoaded(dawn, says[0] ?? error.message, error));
    });
  });
}

/** Dawn's own lines, each once, without 'Warning:' and where in its source they arose. */
export const dawnLines = (stderr: string): string[] => [
  ...new Set(
    stderr
      .split('\n')
      .filter((line) => /^\S/.test(line))
      .map((line) => line.replace(/^Warning: /, '').trim()),
  ),
];

/** The lines `* backend: 'vulkan', name: 'NVIDIA H100'` of Dawn's message. */
export function parseAdapters(message: string): Adapter[] {
  return [...message.matchAll(/\* backend: '([^']*)', name: '([^\n]*)'/g)].map(([, backend = '', name = '']) => ({
    backend,
    name,
    software: isSoftware(name),
  }));
}

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
    throw new RingformerError(
      'no-backend',
      `[ringformer/node-gpu] webgpu ${dawn.version} does not load on ${process.platform} ${process.arch}: ` +
        `${(cause as Error).message.split('\n')[0]} It supports Linux and Windows (x64, arm64) and macOS.`,
      { cause },
    );
  }
}

/** Every adapter that Dawn can use here; empty if there is none, or no Dawn. */
export async function listAdapters(modules?: string): Promise<Adapter[]> {
  const found = findPackage('webgpu', modules);
  if (!found) return [];
  const { create } = await loadDawn(found);
  return adaptersOf(create);
}

/** Dawn lists its adapters only in the error for an unknown name. */
async function adaptersOf(create: Dawn['create']): Promise<Adapter[]> {
  const message = await Promise.resolve()
    .then(() => create(['adapter=(list)']).requestAdapter())
    .then(
      () => '',
      (error: Error) => error.message,
    );
  return parseAdapters(message);
}

/** The lines `* backend: 'vulkan', name: 'NVIDIA H100'` of Dawn's message. */
export function parseAdapters(message: string): Adapter[] {
  return [...message.matchAll(/\* backend: '([^']*)', name: '([^\n]*)'/g)].map(([, backend = '', name = '']) => ({
    backend,
    name,
    software: isSoftware(name),
  }));
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RingformerError } from '@ringformer/core/base';

/** An optional package that is installed. */
export type Installed = {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** Its main file. */
  readonly entry: string;
};

/** The folder in `RINGFORMER_MODULES`, used if nothing else is given. */
export const MODULES = 'RINGFORMER_MODULES';

/**
 * An optional package in the node_modules of the folder `modules`, or next to this package; undefined if it is not
 * installed. None of its code is run.
 */
export function findPackage(name: string, modules = process.env[MODULES]): Installed | undefined {
  const places = [...(modules ? [pathToFileURL(resolve(modules, 'x.js'))] : []), import.meta.url];
  for (const place of places) {
    const require = createRequire(place);
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      return { name, version, folder: dirname(manifest), entry: require.resolve(name) };
    } catch {
      // not here
    }
  }
  return undefined;
}

/** @throws RingformerError 'no-backend' that says how to install what is missing. */
export function needPackages(backend: string, names: readonly string[], modules?: string): Installed[] {
  const found = names.map((name) => findPackage(name, modules));
  const missing = names.filter((_, i) => found[i] === undefined);
  if (missing.length === 0) return found as Installed[];
  const where = modules ?? process.env[MODULES];
  throw new RingformerError(
    'no-backend',
    `[ringformer/node-gpu] ${backend} needs ${missing.join(' and ')}, which ${missing.length > 1 ? 'are' : 'is'} not installed` +
      `${where ? ` in ${where}` : ''}: npm install ${missing.map(versioned).join(' ')}. ` +
      `They are optional. If they are installed elsewhere, set ${MODULES} to the folder above their node_modules.`,
  );
}

/** What to install: the versions that this package is tested with. */
export function versioned(name: string): string {
  return `${name}@${name === 'webgpu' ? '0.6' : '4.22'}`;
}

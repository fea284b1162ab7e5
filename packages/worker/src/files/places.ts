import { RingformerError } from '@ringformer/core/base';
import type { Manifest, ManifestFile } from './manifest.ts';

/**
 * Where a model is: the address of its `model.json`, with its files next to it; or the addresses of the manifest and of
 * each file by role, as model packages export them (bundlers may move the files).
 */
export type ModelAt<Role extends string = string> =
  | string
  | URL
  | ({ readonly manifest: string | URL } & Readonly<Record<Role, string | URL>>);

/** A file to fetch: its role, its address, and what the manifest says about it. */
export type Place = ManifestFile & { readonly role: string; readonly address: string };

/** The manifest's own address. @throws RingformerError 'bad-argument' if it cannot be fetched from there */
export function manifestAddress(at: ModelAt): string {
  return absolute(typeof at === 'string' || at instanceof URL ? at : at.manifest);
}

/** The files to fetch: those of `roles`, or by default all that the place (or else the manifest) names. */
export function placesOf(manifest: Manifest, at: ModelAt, roles: readonly string[] | undefined): Place[] {
  const given = typeof at === 'string' || at instanceof URL ? undefined : at;
  const wanted = roles ?? Object.keys(given ?? manifest.files).filter((role) => !(given && role === 'manifest'));
  return wanted.map((role) => {
    const file = Object.hasOwn(manifest.files, role) ? (manifest.files[role] as ManifestFile) : undefined;
    const where = given?.[role];
    if (!file || (given && where === undefined)) {
      const has = Object.keys(file ? (given ?? {}) : manifest.files).join(', ');
      throw new RingformerError(
        'bad-file',
        `[ringformer/worker] The model has no '${role}'; ${file ? 'the addresses given are' : 'the manifest lists'} ${has}. Is this a different kind of model?`,
      );
    }
    return { ...file, role, address: where === undefined ? beside(manifestAddress(at), file.name) : absolute(where) };
  });
}

function beside(manifest: string, name: string): string {
  if (/^(data|blob):/.test(manifest)) {
    throw new RingformerError(
      'bad-argument',
      '[ringformer/worker] Files cannot be next to a data: or blob: address. Give the address of each file along with the manifest.',
    );
  }
  return new URL(name.split('/').map(encodeURIComponent).join('/'), manifest).href;
}

/** The absolute address, resolved against the page or the worker's script. */
function absolute(at: string | URL): string {
  const base = typeof document === 'undefined' ? globalThis.location?.href : document.baseURI;
  const found = URL.canParse(at, base) ? new URL(at, base) : undefined;
  if (found && /^(https?|data|blob):$/.test(found.protocol)) return found.href;
  throw new RingformerError(
    'bad-argument',
    `[ringformer/worker] A model cannot be opened from ${String(at).slice(0, 200)}: expected an http:, https:, data: or blob: address. In Node.js, read files with a backend's readBytes.`,
  );
}

/** The place with absolute addresses, as plain data that can be sent to a worker, which has a different base address. */
export function plainPlace(at: ModelAt): string | ({ readonly manifest: string } & Readonly<Record<string, string>>) {
  if (typeof at === 'string' || at instanceof URL) return absolute(at);
  const all = Object.fromEntries(Object.entries(at).map(([role, where]) => [role, absolute(where)]));
  return all as { readonly manifest: string };
}

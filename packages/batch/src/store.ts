import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderStore } from './folder-store.ts';
import { parseS3 } from './s3.ts';
import { s3Store } from './s3-store.ts';
import type { Range } from './source.ts';

/**
 * Where a run keeps its manifest, its output and the record of what is done. Names have slashes: 'done/000012.json'. Any number
 * of machines may use it at the same time.
 */
export type Store = {
  readonly uri: string;
  /** The whole content, or undefined if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  stream(name: string, range?: Range): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
  /** Writes whole or not at all, over what is there. */
  write(name: string, content: Uint8Array | string): Promise<void>;
  /** Writes whole or not at all if nothing is there. False if something is. */
  create(name: string, content: Uint8Array | string): Promise<boolean>;
  /** What is in a folder, without its name, in any order. */
  list(folder: string): AsyncIterable<string>;
  remove(name: string): Promise<void>;
  /** Removes what killed workers left half-written. */
  tidy(): Promise<void>;
};

/** A folder, which all workers must see, or s3://bucket/prefix. */
export async function openStore(uri: string): Promise<Store> {
  const place = parseS3(uri);
  if (place) return s3Store(uri.replace(/\/+$/, ''), place);
  return folderStore(resolve(uri.startsWith('file:') ? fileURLToPath(uri) : uri));
}

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderStore } from './folder-store.ts';
import { parseS3 } from './s3.ts';
import { s3Store } from './s3-store.ts';
import type { Store } from './storage.ts';

/** A folder, which all workers must see, or s3://bucket/prefix. */
export async function openStore(uri: string): Promise<Store> {
  const place = parseS3(uri);
  if (place) return s3Store(uri.replace(/\/+$/, ''), place);
  return folderStore(resolve(uri.startsWith('file:') ? fileURLToPath(uri) : uri));
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file of `fixtures/`, for instance 'ring_a/config.json'. In a page, fixture-files-page.ts replaces this module. */
export function readFixtureFile(path: string): Uint8Array {
  return readFileSync(fileURLToPath(new URL(`../../../fixtures/${path}`, import.meta.url)));
}

import { join } from 'node:path';
import { makeFolders } from '../folders.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import type { Comparison } from './report.ts';

/** Writes the report of a comparison into a folder. @throws RingformerError 'bad-file' */
export async function writeReport(folder: string, comparison: Comparison): Promise<void> {
  makeFolders(folder);
  writeFileAtomic(join(folder, 'compare.json'), `${JSON.stringify(comparison)}\n`);
}

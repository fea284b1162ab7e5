import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { goldenNames } from '../test/goldens.ts';
import { checkFiles } from './check-files.ts';

const golden = (name: string) => fileURLToPath(new URL(`../test/goldens/${name}`, import.meta.url));

it.each([0, Number.POSITIVE_INFINITY])(
  'whole files pass and cut ones do not, if %i bytes may be decoded',
  async (budget) => {
    const folder = mkdtempSync(join(tmpdir(), 'ringformer images '));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const names = goldenNames('decode/');
    const paths = names.map((name) => join(folder, name));
    names.forEach((name, i) => copyFileSync(golden(name), paths[i]!));
    await checkFiles(paths, {}, undefined, budget);
    for (const [i, name] of names.entries()) {
      const bytes = readFileSync(golden(name));
      writeFileSync(paths[i]!, bytes.subarray(0, bytes.length / 2));
    }
    const [count] = [names.length];
    const error: Error = await checkFiles(paths, {}, undefined, budget).catch((error) => error);
    expect(error.message).toContain(`${count} of ${count} images cannot be read`);
    expect(error.message).toContain(`and ${count - 10} more`);
    expect(error.message).toContain(`  - ${paths[0]}: The jpeg file of 53 × 37 cannot be decoded`);
  },
);

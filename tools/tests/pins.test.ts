import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publicPackages, readJson, root } from '../lib/paths.mjs';
import { pnpmVersion } from '../lib/pnpm.mjs';

// Values written in two places must agree.

it('pins one version of pnpm', () => {
  const versions = Object.values(readJson(join(root, 'tools/pnpm/package.json')).optionalDependencies);
  expect(new Set(versions)).toEqual(new Set([pnpmVersion]));
});

const [fixed = []] = readJson(join(root, '.changeset/config.json')).fixed;
const { version } = readJson(join(root, 'packages/core/package.json'));

for (const { folder, manifest } of publicPackages()) {
  it(`${folder} is released with the others, at their version`, () => {
    expect(fixed).toContain(manifest.name);
    expect(manifest.version).toBe(version);
  });

  it(`${folder} is public and has a README`, () => {
    expect(manifest.publishConfig?.access).toBe('public');
    expect(existsSync(join(root, folder, 'README.md'))).toBe(true);
  });
}

it.each(['pnpm-lock.yaml', 'tools/pnpm/package-lock.json'])('%s names no download address', (file) => {
  expect(readFileSync(join(root, file), 'utf8')).not.toMatch(/^\s*"?(resolved|tarball)"?: /m);
});

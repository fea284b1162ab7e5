import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publicPackages, readJson, root } from '../lib/paths.mjs';

// What a release needs of the repository. `node tools/release-table.mjs` rehearses one.

const all = publicPackages();

it.each(all)('$manifest.name can be published, and no other package makes its minor releases major', ({ manifest }) => {
  expect(manifest.publishConfig).toEqual({ access: 'public' });
  const peers = Object.entries<string>(manifest.peerDependencies ?? {}).filter(([, range]) =>
    range.startsWith('workspace:'),
  );
  // changesets takes a peer's release outside the range for a breaking change, and all packages share one version
  for (const [name, range] of peers) expect(range, name).toMatch(/^workspace:>=/);
});

it('all public packages share one version', () => {
  const { fixed } = readJson(join(root, '.changeset/config.json'));
  expect(fixed).toHaveLength(1);
  expect(all.map(({ manifest }) => manifest.name).filter((name) => !fixed[0].includes(name))).toEqual([]);
});

it('the workflow may prove where a package was built', () => {
  const workflow = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');
  expect(workflow).toMatch(/^ {6}id-token: write/m);
  expect(workflow).toMatch(/^ {10}NPM_CONFIG_PROVENANCE: true/m);
  expect(workflow).toMatch(/publish: node tools\/run\.mjs pnpm exec changeset publish/);
});

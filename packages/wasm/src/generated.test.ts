import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** The committed files are what the build scripts write: `pnpm --filter @ringformer/wasm kernels` renews them. */
test.each([
  ['kernels', 'kernelsSource'],
  ['gradients', 'gradientsSource'],
])(
  'src/generated/%s.ts is up to date',
  async (name, make) => {
    const script = await import(new URL(`../build-${name}.mjs`, import.meta.url).href);
    const committed = await readFile(new URL(`./generated/${name}.ts`, import.meta.url), 'utf8');
    expect((await script[make]()) === committed, `run the build of @ringformer/wasm and commit src/generated`).toBe(
      true,
    );
  },
  300_000,
); // the AssemblyScript compiler optimises for some seconds

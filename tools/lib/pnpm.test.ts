import { afterEach, expect, it, vi } from 'vitest';
import { npmEnv, pnpmEnv, pnpmVersion } from './pnpm.mjs';

afterEach(() => vi.unstubAllEnvs());

it('reads the pinned version', () => {
  expect(pnpmVersion).toMatch(/^\d+\.\d+\.\d+$/);
});

it('keeps the settings for downloads and drops those of the outer run', () => {
  const kept = { npm_config_registry: 'r', npm_config_https_proxy: 'p', npm_config_cache: 'c', OTHER: 'o' };
  const dropped = [
    'npm_config_local_prefix',
    'npm_config_loglevel',
    'npm_lifecycle_event',
    'npm_package_name',
    'NODE_ENV',
  ];
  for (const [name, value] of Object.entries(kept)) vi.stubEnv(name, value);
  for (const name of dropped) vi.stubEnv(name, 'x');
  const env = npmEnv();
  expect(env).toMatchObject(kept);
  for (const name of dropped) expect(env).not.toHaveProperty(name);
});

it('puts pnpm and this Node.js first on the path', () => {
  vi.stubEnv('PATH', '/usr/bin');
  const [pnpm, node, ...rest] = (pnpmEnv('/a b/pnpm').PATH ?? '').split(':');
  expect([pnpm, node]).toEqual(['/a b/pnpm', process.execPath.replace(/\/[^/]*$/, '')]);
  expect(rest.at(-1)).toBe('/usr/bin');
});

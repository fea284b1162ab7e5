// @ts-check
// A registry on this machine, as a stranger's package managers see ours once it is released.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { failed, runQuietly } from './exec.mjs';
import { readJson } from './paths.mjs';
import { npm, npmEnv } from './pnpm.mjs';

const VERDACCIO = '6.10.4';

/** A port that was free a moment ago. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Installs packages from npm into a folder that is kept between runs, without running their scripts.
 * @param {string} folder @param {string[]} packages
 */
export async function fetchTools(folder, packages) {
  mkdirSync(folder, { recursive: true });
  // Verdaccio asks for node-fetch by a tag, which not every registry keeps.
  const manifest = { private: true, overrides: { 'node-fetch': '2.7.0' } };
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const installed = await npm(['install', '--prefer-offline', ...packages], folder);
  if (installed.code !== 0) throw failed(`npm install ${packages.join(' ')}`, installed);
}

/**
 * Starts the registry. Packages of `own` names are only those published to it; all others come from the registry that npm is
 * configured with, and are kept in `folder` between runs.
 * @param {string} folder @param {string} node Node.js 22 or later
 * @returns {Promise<{ url: string, npmrc: string, close: () => Promise<void> }>} `npmrc`: what a publisher's `.npmrc` holds
 */
export async function startRegistry(folder, node) {
  await fetchTools(join(folder, 'verdaccio'), [`verdaccio@${VERDACCIO}`]);
  const storage = join(folder, 'storage');
  for (const own of ['ringformer', '@ringformer']) rmSync(join(storage, own), { recursive: true, force: true });
  rmSync(join(storage, '.verdaccio-db.json'), { force: true });
  const { stdout } = await runQuietly('npm', ['config', 'get', 'registry'], { env: npmEnv() });
  const config = {
    storage,
    uplinks: { npm: { url: stdout.trim(), maxage: '1h', timeout: '60s', max_fails: 20 } },
    packages: Object.fromEntries([
      ...['ringformer', '@ringformer/*'].map((name) => [name, { access: '$all', publish: '$all', unpublish: '$all' }]),
      ['@*/*', { access: '$all', proxy: 'npm' }],
      ['**', { access: '$all', proxy: 'npm' }],
    ]),
    web: { enable: false },
    max_body_size: '200mb',
    log: { type: 'file', path: join(folder, 'registry.log'), level: 'warn' },
  };
  const file = join(folder, 'config.json'); // JSON is YAML
  writeFileSync(file, JSON.stringify(config));
  const port = await freePort();
  const home = join(folder, 'verdaccio/node_modules/verdaccio');
  const { bin } = readJson(join(home, 'package.json'));
  const program = join(home, typeof bin === 'string' ? bin : bin.verdaccio);
  const child = spawn(node, [program, '--config', file, '--listen', `127.0.0.1:${port}`], {
    stdio: 'ignore',
    env: npmEnv(),
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  const url = `http://127.0.0.1:${port}/`;
  for (let tries = 0; ; tries++) {
    const answers = await fetch(`${url}-/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) break;
    if (tries === 300 || child.exitCode !== null) throw new Error('The registry did not start.');
    await wait(200);
  }
  return {
    url,
    npmrc: `registry=${url}\n//127.0.0.1:${port}/:_authToken=nobody\n`,
    async close() {
      process.off('exit', stop);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

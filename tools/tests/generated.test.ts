import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runQuietly } from '../lib/exec.mjs';
import { root, workspacePackages } from '../lib/paths.mjs';

const SCRIPT = /^build-(kernels|gradients)\.mjs$/;
const scripts = workspacePackages().flatMap(({ folder }) =>
  readdirSync(join(root, folder)).flatMap((name) => (SCRIPT.test(name) ? [[folder, name] as const] : [])),
);

/** The generated files of a package: name → text. */
function generated(folder: string): Record<string, string> {
  const from = join(root, folder, 'src/generated');
  return Object.fromEntries(readdirSync(from).map((name) => [name, readFileSync(join(from, name), 'utf8')]));
}

it('knows both scripts', () => {
  expect(scripts.map(([, script]) => script).sort()).toEqual(['build-gradients.mjs', 'build-kernels.mjs']);
});

it.each(scripts)('%s/%s gives what is committed; if not, commit what it wrote', async (folder, script) => {
  const committed = generated(folder);
  const { code, output } = await runQuietly(process.execPath, [script], { cwd: join(root, folder) });
  expect(code, output).toBe(0);
  for (const [name, text] of Object.entries(generated(folder))) {
    expect(text === committed[name], `src/generated/${name} did not fit its sources and was written again`).toBe(true);
  }
});

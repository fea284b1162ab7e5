import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consumer } from '../lib/consumer.mjs';
import { failed, runQuietly } from '../lib/exec.mjs';
import { publicPackages, root } from '../lib/paths.mjs';
import { npm } from '../lib/pnpm.mjs';

// The versions of TypeScript that read the declarations: the oldest that the README names, later ones, and this repository's own.
const VERSIONS = ['5.0.4', '5.4.5', '5.7.3'];

const compilers = mkdtempSync(join(tmpdir(), 'ringformer compilers '));
let programs = '';
afterAll(() => {
  rmSync(compilers, { recursive: true, force: true });
  rmSync(programs, { recursive: true, force: true });
});

beforeAll(async () => {
  programs = join(await consumer(), 'types');
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(compilers, 'package.json'), '{ "name": "compilers", "private": true }\n');
  const aliases = VERSIONS.map((version) => `typescript-${version}@npm:typescript@${version}`);
  const installed = await npm(['install', ...aliases], compilers);
  if (installed.code !== 0) throw failed('npm install of TypeScript', installed);
}, 300_000);

const compilerOf = (version: string) =>
  version === 'ours'
    ? join(root, 'node_modules/typescript/bin/tsc')
    : join(compilers, `node_modules/typescript-${version}/bin/tsc`);

/** What the compiler says of a program, in the way of a bundler or of Node.js. */
async function compiled(version: string, file: string, code: string, lib: string, resolution: 'bundler' | 'node16') {
  writeFileSync(join(programs, file), code);
  const how = ['--moduleResolution', resolution, '--module', resolution === 'bundler' ? 'esnext' : 'node16'];
  // TensorFlow.js' own declarations need skipLibCheck
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--lib', lib, '--typeRoots', 'none'];
  const { output } = await runQuietly(process.execPath, [compilerOf(version), ...options, ...how, file], {
    cwd: programs,
  });
  return output.trim();
}

/** Every entry of every package that has declarations. */
const entries = publicPackages().flatMap(({ manifest }) =>
  Object.entries(manifest.exports ?? {}).flatMap(([name, targets]) =>
    JSON.stringify(targets).includes('.d.ts"') ? [`${manifest.name}${name.slice(1)}`] : [],
  ),
);
const all = entries.map((_, i) => `m${i}`).join(', ');
const modules = `${entries.map((name, i) => `import * as m${i} from '${name}';`).join('\n')}\nexport const all = [${all}];\n`;
const commonJs = `${entries.map((name, i) => `import m${i} = require('${name}');`).join('\n')}\nexport const all = [${all}];\n`;

describe.each([...VERSIONS, 'ours'])('case vision/11: TypeScript %s', (version) => {
  it.each([['es2022,dom'], ['es2022']])('finds the declarations of every entry with lib %s', async (lib) => {
    expect(entries.length).toBeGreaterThan(20);
    expect(await compiled(version, 'bundler.ts', modules, lib, 'bundler')).toBe('');
    expect(await compiled(version, 'node.mts', modules, lib, 'node16')).toBe('');
    expect(await compiled(version, 'node.cts', commonJs, lib, 'node16')).toBe('');
  });

  it('sees types, not any', async () => {
    const code = `import * as vit from '@ringformer/vit';\nexport const text: string = vit.vitConfig;\n`;
    expect(await compiled(version, 'wrong.ts', code, 'es2022', 'bundler')).toContain(
      "is not assignable to type 'string'",
    );
    // before 5.7, `Uint8Array<ArrayBuffer>` in a declaration would be any
    const bytes = `import type { Trained } from '@ringformer/worker';\nexport const text = (of: Trained): string => of.weights;\n`;
    expect(await compiled(version, 'bytes.ts', bytes, 'es2022', 'bundler')).toMatch(
      /Type '(Uint8Array|OwnBytes)(<ArrayBuffer>)?' is not assignable to type 'string'/,
    );
    const blob = `import type { Trained } from '@ringformer/worker';\nexport const blob = (of: Trained) => new Blob([of.weights]);\n`;
    expect(await compiled(version, 'blob.ts', blob, 'es2022,dom', 'bundler')).toBe('');
  });
});

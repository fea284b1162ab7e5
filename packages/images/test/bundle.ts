import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = new URL('../.cache/', import.meta.url);

/** Programs of this package as JavaScript, for threads and processes: Node.js 20 runs no TypeScript. Gives their folder. */
export async function bundle(...programs: string[]): Promise<URL> {
  await build({
    entryPoints: programs.map((program) => fileURLToPath(new URL(`../${program}`, import.meta.url))),
    outdir: fileURLToPath(folder),
    entryNames: '[name]',
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    external: ['@jsquash/*'],
  });
  return folder;
}

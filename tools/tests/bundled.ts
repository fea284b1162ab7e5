import { build } from 'esbuild';
import { consumer } from '../lib/consumer.mjs';

/** Programs of integrations/browser as minified modules, with everything they load later: path below `/app/` → code. */
export const bundled = (...programs: string[]) => bundle(programs, [], programs.length > 1);

/** The same without what is imported by names like these, and with what is loaded later in files of its own. */
export const bundledInParts = (external: string[], ...programs: string[]) => bundle(programs, external, true);

async function bundle(programs: string[], external: string[], splitting: boolean): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: await consumer(),
    entryPoints: programs.map((program) => `browser/${program}.mjs`),
    bundle: true,
    external,
    splitting,
    minify: true,
    write: false,
    outdir: '/app',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.replaceAll('\\', '/').replace(/^\w:/, ''), contents]));
}

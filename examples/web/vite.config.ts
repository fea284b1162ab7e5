import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** These let the page share memory with its workers, which the engine's threads need. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Writes sw.js: src/offline/sw.js with a list of all built files except the models, which are stored separately. */
function offline(): Plugin {
  let folder = '';
  return {
    name: 'offline',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, build.outDir);
    },
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile() && !/\.(safetensors|map)$|^sw\.js$|^LICENSE$/.test(file.name))
        .map((file) =>
          join(file.parentPath, file.name)
            .slice(folder.length + 1)
            .replaceAll('\\', '/'),
        );
      const hash = createHash('sha256');
      for (const file of files.sort()) hash.update(file).update(readFileSync(join(folder, file)));
      const source = readFileSync(new URL('./src/offline/sw.js', import.meta.url), 'utf8');
      const list = `const VERSION = '${hash.digest('hex').slice(0, 12)}';\nconst FILES = ${JSON.stringify(['./', ...files])};\n`;
      writeFileSync(join(folder, 'sw.js'), list + source);
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [offline()],
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 1500, assetsInlineLimit: 0 },
  preview: { headers },
  server: { headers },
});

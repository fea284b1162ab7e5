// `npm run demo` builds the page and serves it. --port N sets the port; --dev rebuilds when files change.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, createServer, preview } from 'vite';

const { values: flags } = parseArgs({
  options: { port: { type: 'string', default: '4173' }, dev: { type: 'boolean', default: false } },
});
const root = fileURLToPath(new URL('.', import.meta.url));
const port = Number(flags.port);
if (flags.dev) {
  const server = await createServer({ root, server: { port } });
  await server.listen();
  server.printUrls();
} else {
  await build({ root, logLevel: 'warn' });
  const server = await preview({ root, preview: { port } });
  server.printUrls();
  console.log('  Press Ctrl-C to stop.');
}

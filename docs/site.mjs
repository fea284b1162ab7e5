// @ts-check
// `npm run docs`: builds this site into docs/.vitepress/dist. --serve shows it; --dev rebuilds pages as they change.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, createServer, serve } from 'vitepress';
import { writeReference } from './reference.mjs';

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '4174' },
    serve: { type: 'boolean', default: false },
    dev: { type: 'boolean', default: false },
  },
});
const folder = fileURLToPath(new URL('.', import.meta.url));
const port = Number(flags.port);

await writeReference();
if (flags.dev) {
  const server = await createServer(folder, { port });
  await server.listen();
  server.printUrls();
} else {
  await build(folder);
  console.log(`The site is in ${folder}.vitepress/dist. \`npm run docs -- --serve\` shows it.`);
  if (flags.serve) await serve({ root: folder, port });
}

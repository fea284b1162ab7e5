// @ts-check
// `node tools/manifests.mjs`, after a build: writes model.json anew for every packaged model. A test sees that they are true.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages, root } from './lib/paths.mjs';

const { writeManifest } = await import(new URL('../packages/web/dist/files-node.js', import.meta.url).href);
for (const { folder } of publicPackages()) {
  const model = join(root, folder, 'model');
  if (existsSync(model)) console.log(model, Object.keys((await writeManifest(model)).files).join(', '));
}

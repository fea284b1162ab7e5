// @ts-check
// `node tools/manifests.mjs`, after a build: rewrites the manifests of every packaged model. A test compares them.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages, root } from './lib/paths.mjs';

const { makeManifest } = await import(new URL('../packages/worker/dist/files-node.js', import.meta.url).href);
for (const { folder } of publicPackages()) {
  const model = join(root, folder, 'model');
  for (const name of ['model', 'model-int8']) {
    if (!existsSync(join(model, `${name}.safetensors`))) continue;
    const files = {
      config: 'config.json',
      weights: `${name}.safetensors`,
      tokenizer: 'tokenizer.json',
      transform: 'transform.json',
    };
    const there = Object.fromEntries(Object.entries(files).filter(([, file]) => existsSync(join(model, file))));
    const manifest = await makeManifest(model, there);
    writeFileSync(join(model, `${name}.json`), `${JSON.stringify(manifest, null, 2)}\n`);
    console.log(model, Object.values(there).join(', '));
  }
}

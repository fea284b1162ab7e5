import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readManifest } from './manifest.ts';
import { makeManifest } from './node.ts';

test.each(['model-de-en', 'model-fashion'])(
  'the manifest of %s is true (`node tools/manifests.mjs` writes it)',
  async (name) => {
    const folder = fileURLToPath(new URL(`../../../${name}/model/`, import.meta.url));
    const committed = readManifest(readFileSync(`${folder}model.json`, 'utf8'));
    expect(committed).toEqual(await makeManifest(folder));
    expect(Object.keys(committed.files)).toEqual(
      name === 'model-de-en' ? ['config', 'weights', 'tokenizer'] : ['config', 'weights', 'transform'],
    );
  },
);

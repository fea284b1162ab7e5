import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { MODEL_FILES, manifestOf, readManifest } from './manifest.ts';
import { makeManifest } from './node.ts';

test.each([
  ['model-de-en', 'model', ['config', 'weights', 'tokenizer']],
  ['model-de-en', 'model-int8', ['config', 'weights', 'tokenizer']],
  ['model-en-de', 'model', ['config', 'weights', 'tokenizer']],
  ['model-en-de', 'model-int8', ['config', 'weights', 'tokenizer']],
  ['model-fashion', 'model', ['config', 'weights', 'transform']],
])('the manifest of %s, %s.json, is true (`node tools/manifests.mjs` writes it)', async (name, file, roles) => {
  const folder = fileURLToPath(new URL(`../../../${name}/model/`, import.meta.url));
  const committed = readManifest(readFileSync(`${folder}${file}.json`, 'utf8'));
  const names = Object.entries(committed.files).map(([role, { name }]) => [role, name]);
  expect(committed).toEqual(await makeManifest(folder, Object.fromEntries(names)));
  expect(Object.keys(committed.files)).toEqual(roles);
  expect(committed.files['weights']?.name).toBe(`${file}.safetensors`);
});

test('files in memory have the manifest of their folder', async () => {
  const folder = fileURLToPath(new URL('../../../model-fashion/model/', import.meta.url));
  const { config, transform } = MODEL_FILES;
  const read = (name: string) => ({ name, bytes: new Uint8Array(readFileSync(`${folder}${name}`)) });
  const found = await manifestOf({ config: read(config), transform: read(transform) });
  expect(found).toEqual(await makeManifest(folder, { config, transform }));
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import model, { config, manifest, tokenizer, weights } from './index.ts';
import int8 from './int8.ts';

it('names the files of the folder model', () => {
  const folder = new URL('../model/', import.meta.url).href;
  expect(model).toEqual({ config, weights, tokenizer, manifest });
  expect(Object.values(model).map((url) => url.href)).toEqual(
    ['config.json', 'model.safetensors', 'tokenizer.json', 'model.json'].map((name) => folder + name),
  );

  expect({ ...int8, manifest, weights }).toEqual(model);
  expect([int8.weights.href, int8.manifest.href]).toEqual([
    `${folder}model-int8.safetensors`,
    `${folder}model-int8.json`,
  ]);
});

it.each([
  ['index', ['config.json', 'tokenizer.json', 'model.safetensors', 'model.json']],
  ['int8', ['config.json', 'tokenizer.json', 'model-int8.safetensors', 'model-int8.json']],
])('%s makes a bundler include only its own weights', (entry, files) => {
  const named = (module: string): string[] => {
    const code = readFileSync(new URL(module, import.meta.url), 'utf8');
    const imported = [...code.matchAll(/ from '(\.[^']+)'/g)].flatMap(([, from = '']) => named(from));
    return [...imported, ...[...code.matchAll(/new URL\('\.\.\/model\/([^']+)'/g)].map(([, file = '']) => file)];
  };
  expect(named(`./${entry}.ts`)).toEqual(files);
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as enDe from '../../model-en-de/src/index.ts';
import enDeInt8 from '../../model-en-de/src/int8.ts';
import * as deEn from './index.ts';
import deEnInt8 from './int8.ts';

it.each([
  ['model-de-en', deEn, deEnInt8],
  ['model-en-de', enDe, enDeInt8],
])('%s names the files of its folder model', (name, { default: model, config, weights, tokenizer, manifest }, int8) => {
  const folder = new URL(`../../${name}/model/`, import.meta.url).href;
  expect(model).toEqual({ config, weights, tokenizer, manifest });
  expect(Object.values(model).map((url) => url.href)).toEqual(
    ['config.json', 'model.safetensors', 'tokenizer.json', 'model.json'].map((file) => folder + file),
  );

  expect({ ...int8, manifest, weights }).toEqual(model);
  expect([int8.weights.href, int8.manifest.href]).toEqual([
    `${folder}model-int8.safetensors`,
    `${folder}model-int8.json`,
  ]);
});

it.each(
  ['model-de-en', 'model-en-de'].flatMap((name) => [
    { name, entry: 'index', files: ['config.json', 'tokenizer.json', 'model.safetensors', 'model.json'] },
    { name, entry: 'int8', files: ['config.json', 'tokenizer.json', 'model-int8.safetensors', 'model-int8.json'] },
  ]),
)('$entry of $name makes a bundler include only its own weights', ({ name, entry, files }) => {
  const named = (module: string): string[] => {
    const code = readFileSync(new URL(`../../${name}/src/${module}`, import.meta.url), 'utf8');
    const imported = [...code.matchAll(/ from '(\.[^']+)'/g)].flatMap(([, from = '']) => named(from));
    return [...imported, ...[...code.matchAll(/new URL\('\.\.\/model\/([^']+)'/g)].map(([, file = '']) => file)];
  };
  expect(named(`./${entry}.ts`)).toEqual(files);
});

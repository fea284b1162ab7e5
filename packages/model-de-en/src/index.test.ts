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

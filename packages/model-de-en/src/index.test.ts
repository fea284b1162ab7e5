import { expect, it } from 'vitest';
import model, { config, manifest, tokenizer, weights } from './index.ts';

it('names the files of the folder model', () => {
  const folder = new URL('../model/', import.meta.url).href;
  expect(model).toEqual({ config, weights, tokenizer, manifest });
  expect(Object.values(model).map((url) => url.href)).toEqual(
    ['config.json', 'model.safetensors', 'tokenizer.json', 'model.json'].map((name) => folder + name),
  );
});

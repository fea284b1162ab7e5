import { expect, it } from 'vitest';
import model, { config, tokenizer, weights } from './index.ts';

it('names the three files of the folder model', () => {
  const folder = new URL('../model/', import.meta.url).href;
  expect(model).toEqual({ config, weights, tokenizer });
  expect(Object.values(model).map((url) => url.href)).toEqual(
    ['config.json', 'model.safetensors', 'tokenizer.json'].map((name) => folder + name),
  );
});

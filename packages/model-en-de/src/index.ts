import { config, tokenizer } from './files.ts';

export { config, tokenizer };

/** The weights, float16 safetensors. */
export const weights = new URL('../model/model.safetensors', import.meta.url);

/** Size and SHA-256 of each file: JSON for `openModel` of @ringformer/worker/files. */
export const manifest = new URL('../model/model.json', import.meta.url);

/** All of them. `loadTranslator` of @ringformer/seq2seq uses the first three. */
const model = { config, weights, tokenizer, manifest };
export default model;

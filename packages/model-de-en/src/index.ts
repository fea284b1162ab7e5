// Written out, each in full: bundlers find files by this very expression.

/** The model's sizes: JSON as `readConfig` of @ringformer/seq2seq takes it. */
export const config = new URL('../model/config.json', import.meta.url);

/** The weights, float16 safetensors. */
export const weights = new URL('../model/model.safetensors', import.meta.url);

/** The joint German–English vocabulary, in the Hugging Face `tokenizer.json` format. */
export const tokenizer = new URL('../model/tokenizer.json', import.meta.url);

/** Size and SHA-256 of each file: JSON, for `openModel` of @ringformer/worker/files. */
export const manifest = new URL('../model/model.json', import.meta.url);

/** All of them: `loadTranslator` of @ringformer/seq2seq takes the first three. */
const model = { config, weights, tokenizer, manifest };
export default model;

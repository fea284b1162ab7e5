// Written out, each in full: bundlers find files by this very expression.

/** The model's sizes: JSON as `readConfig` of @ringformer/seq2seq takes it. */
export const config = new URL('../model/config.json', import.meta.url);

/** The weights, float16 safetensors. */
export const weights = new URL('../model/model.safetensors', import.meta.url);

/** The joint German–English vocabulary, in the Hugging Face `tokenizer.json` format. */
export const tokenizer = new URL('../model/tokenizer.json', import.meta.url);

/** The three files, as `loadTranslator` of @ringformer/seq2seq takes them. */
const model = { config, weights, tokenizer };
export default model;

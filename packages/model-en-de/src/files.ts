// Shared by both entries. Bundlers include every file that a module names, used or not, so the weights must not be here.
// Each address is written out in full because bundlers look for exactly this expression.

/** The model's sizes: JSON for `readConfig` of @ringformer/seq2seq. */
export const config = new URL('../model/config.json', import.meta.url);

/** The joint English–German vocabulary, in the Hugging Face `tokenizer.json` format. */
export const tokenizer = new URL('../model/tokenizer.json', import.meta.url);

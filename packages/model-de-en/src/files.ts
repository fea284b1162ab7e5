// What both entries name. Bundlers take along every file that a module names, used or not: the weights must not be here.
// Addresses are written out, each in full: bundlers find files by this very expression.

/** The model's sizes: JSON as `readConfig` of @ringformer/seq2seq takes it. */
export const config = new URL('../model/config.json', import.meta.url);

/** The joint German–English vocabulary, in the Hugging Face `tokenizer.json` format. */
export const tokenizer = new URL('../model/tokenizer.json', import.meta.url);

// The same model with int8 weights, a smaller download: `@ringformer/model-en-de/int8`.
import { config, tokenizer } from './files.ts';

export { config, tokenizer };

/** The weights with int8 matrices, as written by `ringformer quantize`: half the bytes. */
export const weights = new URL('../model/model-int8.safetensors', import.meta.url);

/** Size and SHA-256 of each file: JSON for `openModel` of @ringformer/worker/files. */
export const manifest = new URL('../model/model-int8.json', import.meta.url);

/** All of them, as in the main entry. */
const model = { config, weights, tokenizer, manifest };
export default model;

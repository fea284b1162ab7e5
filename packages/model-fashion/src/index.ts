// Each address is written out in full because bundlers look for exactly this expression.

/** The model's sizes and the names of its classes: JSON for `readConfig` of @ringformer/vit. */
export const config = new URL('../model/config.json', import.meta.url);

/** The weights, float16 safetensors. */
export const weights = new URL('../model/model.safetensors', import.meta.url);

/** How images become numbers: JSON, a `Transform` of @ringformer/images. */
export const transform = new URL('../model/transform.json', import.meta.url);

/** Size and SHA-256 of each file: JSON for `openModel` of @ringformer/worker/files. */
export const manifest = new URL('../model/model.json', import.meta.url);

/** All of them. `loadClassifier` of @ringformer/vit uses the first two. */
const model = { config, weights, transform, manifest };
export default model;

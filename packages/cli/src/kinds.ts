import { findFiles, type ModelKind, noPackage } from './find-model.ts';

/** The files of a model's directory. */
export const NAMES = { config: 'config.json', weights: 'model.safetensors', tokenizer: 'tokenizer.json' };
/** The files of an image classifier's directory. */
export const IMAGE_NAMES = { config: 'config.json', weights: 'model.safetensors', transform: 'transform.json' };

/** The packaged models. The second is the first with int8 weights: half the bytes, faster on our engine, BLEU the same. */
export const PACKAGED = '@ringformer/model-de-en';
export const PACKAGED_INT8 = `${PACKAGED}/int8`;
export const PACKAGED_IMAGES = '@ringformer/model-fashion';

export const TRANSLATION: ModelKind<typeof NAMES> = {
  what: 'model',
  names: NAMES,
  packages: {
    [PACKAGED]: () => import('@ringformer/model-de-en'),
    [PACKAGED_INT8]: () => import('@ringformer/model-de-en/int8'),
  },
};

export const CLASSIFIER: ModelKind<typeof IMAGE_NAMES> = {
  what: 'image classifier',
  names: IMAGE_NAMES,
  packages: { [PACKAGED_IMAGES]: () => import('@ringformer/model-fashion') },
};

/** The files of a packaged model of either kind. @throws FailedError that names the packages, if it is none of them */
export async function packagedFiles(name: string): Promise<{ readonly config: string; readonly weights: string }> {
  if (Object.hasOwn(TRANSLATION.packages, name)) return findFiles(TRANSLATION, name);
  if (Object.hasOwn(CLASSIFIER.packages, name)) return findFiles(CLASSIFIER, name);
  throw noPackage(
    name,
    'model',
    [TRANSLATION, CLASSIFIER].flatMap(({ packages }) => Object.keys(packages)),
  );
}

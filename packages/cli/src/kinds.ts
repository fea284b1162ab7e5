import { existsSync } from 'node:fs';
import { UsageError } from './errors.ts';
import { findFiles, listed, type ModelKind, noPackage } from './find-model.ts';

/** The files of a model's directory. */
export const NAMES = { config: 'config.json', weights: 'model.safetensors', tokenizer: 'tokenizer.json' };
/** The files of an image classifier's directory. */
export const IMAGE_NAMES = { config: 'config.json', weights: 'model.safetensors', transform: 'transform.json' };

/** The packages of the translation models. `/int8` of each has int8 weights: half the bytes, and faster on our engine. */
export const PAIRS: Readonly<Record<string, string>> = {
  'de-en': '@ringformer/model-de-en',
  'en-de': '@ringformer/model-en-de',
};
/** Behind the name of a package: with the weights that suit the engine. */
const AUTO = '/auto';
export const PACKAGED_IMAGES = '@ringformer/model-fashion';

export const TRANSLATION: ModelKind<typeof NAMES> = {
  what: 'model',
  names: NAMES,
  short: Object.keys(PAIRS),
  packages: {
    '@ringformer/model-de-en': () => import('@ringformer/model-de-en'),
    '@ringformer/model-de-en/int8': () => import('@ringformer/model-de-en/int8'),
    '@ringformer/model-en-de': () => import('@ringformer/model-en-de'),
    '@ringformer/model-en-de/int8': () => import('@ringformer/model-en-de/int8'),
  },
};

export const CLASSIFIER: ModelKind<typeof IMAGE_NAMES> = {
  what: 'image classifier',
  names: IMAGE_NAMES,
  packages: { [PACKAGED_IMAGES]: () => import('@ringformer/model-fashion') },
};

/** What `--model` says, or the packaged model for these languages. @throws UsageError that lists those that there are */
export function modelFor(given: { readonly model?: string; readonly from?: string; readonly to?: string }) {
  const { model, from, to } = given;
  if (model !== undefined || (from === undefined && to === undefined)) return model;
  const fits = (wanted: string | undefined, language = '') =>
    wanted === undefined || wanted.toLowerCase().split('-')[0] === language;
  for (const [pair, name] of Object.entries(PAIRS)) {
    const [source, target] = pair.split('-');
    if (fits(from, source) && fits(to, target)) return `${name}${AUTO}`;
  }
  const wanted = [from === undefined ? '' : ` from ${from}`, to === undefined ? '' : ` to ${to}`].join('');
  throw new UsageError(
    `No packaged model translates${wanted}. There are ${listed(Object.keys(PAIRS))}; give another model with --model.`,
  );
}

/** `--model` of each packaged translation model. */
export const packagedPairs = (): string[] => Object.values(PAIRS).map((name) => `${name}${AUTO}`);

/** What --model may say for a packaged model: `de-en` for `@ringformer/model-de-en/auto`. */
export const shortName = (model: string): string =>
  Object.keys(PAIRS).find((pair) => `${PAIRS[pair]}${AUTO}` === model) ?? model;

/** The package that `de-en`, `en-de` or a name with AUTO means; other names, and those of folders, stay as they are. */
export function packageOf(model = `${PAIRS['de-en']}${AUTO}`, variant: '' | '/int8' = ''): string {
  if (model.endsWith(AUTO)) return `${model.slice(0, -AUTO.length)}${variant}`;
  return Object.hasOwn(PAIRS, model) && !existsSync(model) ? `${PAIRS[model]}${variant}` : model;
}

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

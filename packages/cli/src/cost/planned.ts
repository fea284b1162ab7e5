import { existsSync } from 'node:fs';
import { RingformerError } from '@ringformer/core/base';
import { type Seq2seqConfig, seq2seqSizeNames } from '@ringformer/seq2seq';
import type { VitConfig } from '@ringformer/vit';
import type { Entries } from '../train/entries.ts';
import { expandPresets, type Presets } from '../train/presets.ts';
import { type CommonSettings, overridden, parseSettings, pathsOf } from '../train/settings.ts';
import { SHIPPED, settingsNamed } from '../train/shipped.ts';
import { TRANSLATION, configOf as translationConfig } from '../train/translation/index.ts';
import { VISION, configOf as visionConfig } from '../train/vision/index.ts';

/** A model that is not trained yet; `name` is what its title begins with. */
export type Planned = { readonly name: string } & (
  | { readonly task: 'translation'; readonly config: Seq2seqConfig }
  | { readonly task: 'vision'; readonly config: VitConfig }
);

/** What flags say of a model beside the settings that they name. */
export type Beside = {
  readonly size?: string;
  readonly architecture?: string;
  readonly ablation?: string;
  readonly classes?: number;
  readonly imageSize?: number;
  readonly vocab?: number;
};

type Settings = Readonly<Record<string, unknown>>;

const VOCABULARY = 50_000;
/** The classes of the paper's data sets, which settings don't say. */
const CLASSES: Readonly<Record<string, number>> = {
  cifar10: 10,
  cifar100: 100,
  imagenet100: 100,
  'tiny-imagenet': 200,
};

/**
 * The model that settings of training describe: those of a file or an experiment, and a size.
 * @throws RingformerError 'bad-file', 'bad-argument' or 'bad-config'
 */
export async function plannedConfig(named: string | undefined, beside: Beside): Promise<Planned> {
  const { size, classes, imageSize, vocab } = beside;
  const task = taskOf(named, size);
  const [lost] = Object.entries(
    task === 'vision' ? { '--vocab': vocab } : { '--classes': classes, '--image-size': imageSize },
  )
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag);
  if (lost !== undefined) {
    const [what, other] =
      task === 'vision' ? ['an image classifier', 'translation models'] : ['a translation model', 'image classifiers'];
    throw new RingformerError(
      'bad-argument',
      `${lost} is for ${other}, but ${[named, size].filter(Boolean).join(' ')} is ${what}. Leave it out.`,
    );
  }
  const { settings: entries } = task === 'vision' ? VISION : TRANSLATION;
  const file = named === undefined ? {} : settingsNamed(named, task, entries);
  const name = [named, size].filter((part) => part !== undefined).join(' ');
  if (task === 'vision') {
    const settings = await complete(VISION, file, beside);
    const data = { imageSize: imageSize ?? (settings.imageSize || 224), channels: 3 };
    const count = classes ?? (named === undefined ? undefined : CLASSES[named]) ?? 1000;
    return { name: `${name}, `, task, config: visionConfig(settings, { ...data, classes: count }) };
  }
  const settings = await complete(TRANSLATION, named === undefined ? { vocab: VOCABULARY, tie: 'none' } : file, beside);
  const ids = { padId: 0, bosId: 1, eosId: 2 };
  return {
    name: `${name}, `,
    task,
    config: translationConfig(settings, { vocabSize: vocab ?? settings.vocab, ...ids }),
  };
}

function taskOf(named: string | undefined, size: string | undefined): 'translation' | 'vision' {
  const own = seq2seqSizeNames.some((name) => name === size);
  if (named === undefined) return own ? 'translation' : 'vision';
  if (Object.hasOwn(SHIPPED.translation, named)) return 'translation';
  if (Object.hasOwn(SHIPPED.vision, named)) return 'vision';
  const entries = { ...VISION.settings, ...TRANSLATION.settings };
  if (/^[\w-]+$/.test(named) && !existsSync(named)) {
    const all = Object.values(SHIPPED).flatMap(Object.keys);
    throw new RingformerError(
      'bad-file',
      `There is no file '${named}', and no settings of that name: expected a JSON file, or one of ${all.join(', ')}.`,
    );
  }
  const found = settingsNamed(named, 'translation', entries);
  const onlyVision = (key: string) => key in VISION.settings && !(key in TRANSLATION.settings);
  const ofVision = Object.keys(found).some(onlyVision) || VISION.presets.size?.choices.includes(String(found.size));
  return ofVision ? 'vision' : 'translation';
}

type Kind<S> = { readonly settings: Entries<S>; readonly presets: Presets };

/** All settings, as training would read them; no data need be there. */
async function complete<S extends CommonSettings>(
  { settings: entries, presets }: Kind<S>,
  file: Settings,
  { size, ablation, architecture = String(file.architecture ?? 'ring') }: Beside,
): Promise<S> {
  const paths = Object.fromEntries(pathsOf(entries).map((name) => [name, 'not read']));
  const { data: _, ...below } = file;
  const layers = [await expandPresets(presets, entries, below, architecture)];
  layers.push(await expandPresets(presets, entries, size === undefined ? {} : { size }, architecture));
  const given = layers.reduce((earlier, later) => ({ ...overridden(earlier, later), ...later }));
  const kind = { command: 'cost', settings: entries };
  const { settings, problems } = parseSettings<S>(kind, given, paths, {
    architecture,
    ...(ablation === undefined ? {} : { ablation }),
  });
  if (problems.length === 0) return settings;
  throw new RingformerError('bad-argument', `The settings are wrong: ${problems.join(' ')}`);
}

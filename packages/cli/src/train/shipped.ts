import { statSync } from 'node:fs';
import { RingformerError } from '@ringformer/core/base';
import cifar10 from '../../settings/cifar10.json' with { type: 'json' };
import cifar100 from '../../settings/cifar100.json' with { type: 'json' };
import imagenet from '../../settings/imagenet.json' with { type: 'json' };
import imagenet100 from '../../settings/imagenet100.json' with { type: 'json' };
import iwslt14 from '../../settings/iwslt14.json' with { type: 'json' };
import tinyImagenet from '../../settings/tiny-imagenet.json' with { type: 'json' };
import wmt14 from '../../settings/wmt14.json' with { type: 'json' };
import type { Entry } from './entries.ts';
import { readSettingsFile } from './run-file.ts';

type Settings = Readonly<Record<string, unknown>>;

/** The settings of the paper's experiments, by data set. They are files of settings like any other. */
export const SHIPPED = {
  translation: { iwslt14, wmt14 },
  vision: { cifar10, cifar100, 'tiny-imagenet': tinyImagenet, imagenet100, imagenet },
} satisfies Record<'translation' | 'vision', Record<string, Settings>>;

/**
 * The settings of a file, or those that this program has under that name. A file of that name comes first.
 * @throws RingformerError 'bad-file'
 */
export function settingsNamed(
  name: string,
  task: keyof typeof SHIPPED,
  entries: Readonly<Record<string, Entry>>,
): Settings {
  const there = statSync(name, { throwIfNoEntry: false });
  if (there?.isFile()) return readSettingsFile(name, entries);
  const shipped: Readonly<Record<string, Settings>> = SHIPPED[task];
  if (Object.hasOwn(shipped, name)) return shipped[name] as Settings;
  const [other] = Object.entries(SHIPPED).filter(([kind, all]) => kind !== task && Object.hasOwn(all, name));
  if (other) {
    const command = task === 'vision' ? 'ringformer train' : 'ringformer train vision';
    throw new RingformerError('bad-argument', `The settings '${name}' are for ${other[0]}: use ${command}.`);
  }
  if (there || /[./\\]/.test(name)) return readSettingsFile(name, entries); // says why it can't be read
  throw new RingformerError(
    'bad-file',
    `There is no file '${name}', and no settings of that name: expected a JSON file, or one of ${Object.keys(shipped).join(', ')}.`,
  );
}

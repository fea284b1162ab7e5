import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FailedError } from '../../errors.ts';
import type { Before } from '../subject.ts';

/** The classes of a run's images, and how many images of each are learned and held out. */
export type VisionFacts = {
  readonly classes: readonly string[];
  readonly train: readonly number[];
  readonly valid: readonly number[];
};

/**
 * Compares the images with those the run began with: other classes would make its weights mean other things, and other
 * counts its order. @throws FailedError that names the classes
 */
export function checkSameImages(now: VisionFacts, { output, facts }: Before): void {
  const before = (facts ?? classesOfModel(output)) as Partial<VisionFacts> | undefined;
  if (!before?.classes) return;
  const remedy = `Restore the images to resume the run in ${output}, or choose another --output.`;
  if (String(before.classes) !== String(now.classes)) {
    const missing = before.classes.filter((name) => !now.classes.includes(name));
    const added = now.classes.filter((name) => !before.classes?.includes(name));
    const differences = [
      missing.length > 0 ? `${listed(missing)} ${missing.length > 1 ? 'are' : 'is'} missing` : '',
      added.length > 0 ? `${listed(added)} ${added.length > 1 ? 'are' : 'is'} new` : '',
      missing.length + added.length === 0 ? 'their order has changed' : '',
    ].filter(Boolean);
    throw new FailedError(`The classes have changed since the run began: ${differences.join(', ')}. ${remedy}`);
  }
  for (const [part, what] of [
    ['train', 'to learn'],
    ['valid', 'held out'],
  ] as const) {
    const odd = now.classes.findIndex((_, i) => before[part] && before[part]?.[i] !== now[part][i]);
    if (odd < 0) continue;
    throw new FailedError(
      `The images have changed since the run began: ${now.classes[odd]} has ${now[part][odd]} ${what}; expected ${before[part]?.[odd]}. ${remedy}`,
    );
  }
}

/** Runs of earlier versions know their classes only from the model that they have begun. */
function classesOfModel(output: string): Partial<VisionFacts> | undefined {
  const config = join(output, 'model', 'config.json');
  if (!existsSync(config)) return undefined;
  const { labels } = JSON.parse(readFileSync(config, 'utf8')) as { labels?: readonly string[] };
  return labels ? { classes: labels } : undefined;
}

/** 'a, b, c and 7 more' */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `'${name}'`);
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}

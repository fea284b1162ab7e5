import type { Tree } from '@ringformer/core';
import { ARCHITECTURES } from '../architecture.ts';
import { UsageError } from '../errors.ts';
import type { Case } from './case.ts';
import { readFiles, readJson } from './files.ts';

/**
 * Reads a fixture directory: what was recorded from the reference of a model, one batch and all that it made of it.
 * @throws FailedError where a file is missing or is not what it should be, UsageError for a model that is not known.
 */
export async function readFixture(directory: string): Promise<Case> {
  const settings = await readJson(directory, 'config.json');
  const { task, model } = settings;
  const known = ARCHITECTURES.find((name) => name === model);
  if (!known || (task !== 'translation' && task !== 'vision')) {
    throw new UsageError(
      `${directory} holds a ${task} model '${model}', which is not known: translation and vision with ${ARCHITECTURES.join(', ')} are.`,
    );
  }
  const files = await readFiles(directory, settings);
  const made =
    task === 'vision'
      ? (await import('./vision.ts')).visionCase(files, known)
      : (await import('./translation.ts')).translationCase(files, known);
  return (await made) as Case<never> as Case<Tree>;
}

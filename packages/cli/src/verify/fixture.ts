import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { reasonOf, whyNot } from '@ringformer/core/base';
import { type Case, type Recording, readJson, readRecording } from '@ringformer/core/parity';
import { ARCHITECTURES } from '../architecture.ts';
import { FailedError, UsageError } from '../errors.ts';
import { families, isTask } from '../families.ts';
import { type AnalysisRecording, readAnalysis } from './analysis.ts';

/** What a fixture directory holds. */
export type Fixture =
  | { readonly of: 'model'; readonly recording: Recording; readonly case: Case }
  | { readonly of: 'analysis'; readonly recording: AnalysisRecording };

/**
 * Reads a fixture directory: what was recorded of a model's reference, from one batch to everything it computed from it; or
 * of analyses.
 * @throws FailedError if a file is missing or not what it should be, UsageError for an unknown model
 */
export async function readFixture(directory: string): Promise<Fixture> {
  const read = (file: string) => {
    const path = join(directory, file);
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new FailedError(`${path} cannot be read: ${whyNot(cause)}. Is ${directory} a fixture?`, { cause });
    }
  };
  try {
    if (existsSync(join(directory, 'analysis.json')))
      return { of: 'analysis', recording: readAnalysis(basename(resolve(directory)), read) };
    const { task, model } = readJson(read, 'config.json');
    if (isTask(task) && ARCHITECTURES.some((name) => name === model)) {
      const recording = readRecording(read);
      return { of: 'model', recording, case: await families[task].case(recording) };
    }
    throw new UsageError(
      `${directory} holds a ${task} model '${model}', which is unknown: expected translation or vision with ${ARCHITECTURES.join(', ')}.`,
    );
  } catch (cause) {
    if (cause instanceof UsageError || cause instanceof FailedError) throw cause;
    throw new FailedError(`${directory}: ${reasonOf(cause)}`, { cause });
  }
}

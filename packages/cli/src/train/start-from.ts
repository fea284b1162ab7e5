import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RingformerError } from '@ringformer/core/base';

/** A file of the model folder that `--init` names. @throws RingformerError 'bad-file' */
export function initFile(folder: string, name: string): Uint8Array {
  try {
    return readFileSync(join(folder, name));
  } catch (cause) {
    throw new RingformerError(
      'bad-file',
      `init is ${folder}, but its ${name} cannot be read: ${(cause as Error).message}. Expected the folder of a model, such as the folder 'model' of a run.`,
      { cause },
    );
  }
}

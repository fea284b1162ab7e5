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
      `init is ${folder}, and ${name} in it cannot be read: ${(cause as Error).message}. A model's folder is wanted, such as the folder 'model' of a run.`,
      { cause },
    );
  }
}

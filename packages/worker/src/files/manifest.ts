import { mistakenFor, RingformerError } from '@ringformer/core/base';
import type { OwnBytes } from '../bytes.ts';
import { sha256 } from './digest.ts';

/** A file of a model: its name relative to the manifest, its length in bytes, and its SHA-256 in lower-case hex. */
export type ManifestFile = { readonly name: string; readonly size: number; readonly sha256: string };

/** The content of a `model.json`: a model's files by role, such as 'config', 'weights', 'tokenizer', 'transform'. */
export type Manifest = {
  readonly format: 'ringformer-files/1';
  readonly files: Readonly<Record<string, ManifestFile>>;
};

export const MANIFEST_FORMAT = 'ringformer-files/1';

/** The names of our models' files by role. */
export const MODEL_FILES = {
  config: 'config.json',
  weights: 'model.safetensors',
  tokenizer: 'tokenizer.json',
  transform: 'transform.json',
} as const;

/** The manifest of files in memory, by role. `makeManifest` of @ringformer/worker/files/node describes a folder. */
export async function manifestOf(
  files: Readonly<Record<string, { readonly name: string; readonly bytes: OwnBytes }>>,
): Promise<Manifest> {
  const entries = Object.entries(files).map(
    async ([role, { name, bytes }]) => [role, { name, size: bytes.length, sha256: await sha256(bytes) }] as const,
  );
  return { format: MANIFEST_FORMAT, files: Object.fromEntries(await Promise.all(entries)) };
}

/** Parses the text of a `model.json`. @throws RingformerError 'bad-file' that says what is wrong with it. */
export function readManifest(text: string, name = 'model.json'): Manifest {
  const wrong = (why: string, cause?: unknown): never => {
    throw new RingformerError(
      'bad-file',
      `[ringformer/worker] ${name} is not a manifest: ${why}. Create one with writeManifest from @ringformer/worker/files/node.`,
      { cause },
    );
  };
  let parsed: Partial<Manifest> | null = null;
  try {
    parsed = JSON.parse(text) as Partial<Manifest> | null;
  } catch (cause) {
    const mistaken = mistakenFor(new TextEncoder().encode(text));
    if (mistaken) throw new RingformerError('bad-file', `[ringformer/worker] ${name} is ${mistaken}`, { cause });
    wrong(`it is not JSON but begins with ${JSON.stringify(text.slice(0, 40))}`, cause);
  }
  if (parsed?.format !== MANIFEST_FORMAT) {
    wrong(`expected format '${MANIFEST_FORMAT}', got ${JSON.stringify(parsed?.format)}`);
  }
  const { files } = parsed as Manifest;
  if (typeof files !== 'object' || files === null || Object.keys(files).length === 0) wrong('it lists no files');
  for (const [role, file] of Object.entries(files)) {
    if (typeof file?.name !== 'string' || file.name === '') wrong(`'${role}' has no name`);
    if (!(Number.isSafeInteger(file.size) && file.size >= 0)) wrong(`the size of '${role}' is ${file.size}`);
    if (!/^[0-9a-f]{64}$/.test(file.sha256)) wrong(`the sha256 of '${role}' is ${JSON.stringify(file.sha256)}`);
  }
  return { format: MANIFEST_FORMAT, files };
}

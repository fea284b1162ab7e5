import type { Trained } from '@ringformer/worker';
import { zipSync } from 'fflate';

const NAMES = { config: 'config.json', weights: 'model.safetensors', transform: 'transform.json' } as const;

/** The folder of a model, for `ringformer classify --model`. */
export function zipModel({
  config,
  weights,
  transform,
}: Pick<Trained, 'config' | 'weights' | 'transform'>): Uint8Array<ArrayBuffer> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  return zipSync({
    [`ringformer-model/${NAMES.config}`]: bytes(config),
    [`ringformer-model/${NAMES.weights}`]: [weights, { level: 0 }],
    [`ringformer-model/${NAMES.transform}`]: bytes(transform),
  }) as Uint8Array<ArrayBuffer>;
}

/** Addresses of a model's files from such a folder: a worker can fetch them. */
export async function modelAddresses(
  files: Record<string, Uint8Array>,
): Promise<{ manifest: string; config: string; weights: string; transform: string }> {
  const entries = await Promise.all(
    Object.entries(NAMES).map(async ([role, name]) => {
      const found = Object.entries(files).find(([path]) => path === name || path.endsWith(`/${name}`));
      if (!found) throw new Error(`${name} is missing in it.`);
      const bytes = found[1] as Uint8Array<ArrayBuffer>;
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
      return { role, address: URL.createObjectURL(new Blob([bytes])), file: { name, size: bytes.length, sha256 } };
    }),
  );
  const manifest = {
    format: 'ringformer-files/1',
    files: Object.fromEntries(entries.map(({ role, file }) => [role, file])),
  };
  const addresses = Object.fromEntries(entries.map(({ role, address }) => [role, address])) as Record<
    keyof typeof NAMES,
    string
  >;
  return { ...addresses, manifest: URL.createObjectURL(new Blob([JSON.stringify(manifest)])) };
}

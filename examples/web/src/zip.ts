import type { Trained } from '@ringformer/worker';
import { MODEL_FILES, manifestOf } from '@ringformer/worker/files';
import { zipSync } from 'fflate';

const ROLES = ['config', 'weights', 'transform'] as const;
type Role = (typeof ROLES)[number];

/** A model's folder as a zip file, for `ringformer classify --model`. */
export function zipModel({ config, weights, transform }: Pick<Trained, Role>): Uint8Array<ArrayBuffer> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  return zipSync({
    [`ringformer-model/${MODEL_FILES.config}`]: bytes(config),
    [`ringformer-model/${MODEL_FILES.weights}`]: [weights, { level: 0 }],
    [`ringformer-model/${MODEL_FILES.transform}`]: bytes(transform),
  }) as Uint8Array<ArrayBuffer>;
}

/** Addresses of a model's files from such a folder, which a worker can fetch. */
export async function modelAddresses(files: Record<string, Uint8Array>): Promise<Record<Role | 'manifest', string>> {
  const parts = ROLES.map((role) => {
    const name = MODEL_FILES[role];
    const [, bytes] = Object.entries(files).find(([path]) => path === name || path.endsWith(`/${name}`)) ?? [];
    if (!bytes) throw new Error(`it lacks ${name}.`);
    return [role, { name, bytes: bytes as Uint8Array<ArrayBuffer> }] as const;
  });
  const manifest = await manifestOf(Object.fromEntries(parts));
  const address = (content: BlobPart) => URL.createObjectURL(new Blob([content]));
  const addresses = Object.fromEntries(parts.map(([role, { bytes }]) => [role, address(bytes)]));
  return { ...(addresses as Record<Role, string>), manifest: address(JSON.stringify(manifest)) };
}

import type { Raw } from '@ringformer/core/base';
import { refusedFile } from './errors.ts';
import { isLegacy } from './legacy.ts';
import { checkIsFile, type Listed, listSafetensors, readAnySafetensors } from './safetensors.ts';
import { listTorch, readTorchFile, type TorchOptions } from './torch.ts';
import { isZip } from './zip.ts';

/** The kinds of checkpoint files. */
export type CheckpointFormat = 'safetensors' | 'torch';

export type Checkpoint = {
  readonly format: CheckpointFormat;
  readonly tensors: Record<string, Raw>;
  /** What was passed over, if anything: 'args (argparse.Namespace)'. */
  readonly skipped?: readonly string[];
};

/** The tensors of a checkpoint of either kind: safetensors, or a file written by torch.save. @throws RingformerError 'bad-checkpoint' */
export function readCheckpoint(bytes: Uint8Array, options: TorchOptions = {}): Checkpoint {
  const format = formatOf(bytes);
  const { tensors, skipped } = format === 'torch' ? readTorchFile(bytes, options) : readAnySafetensors(bytes);
  const some = skipped.length > 0 ? { skipped } : {};
  return { format, tensors: format === 'torch' ? tensors : under(tensors, options.key), ...some };
}

/**
 * What a checkpoint holds, without reading its numbers. Of a safetensors file, `bytes` need only have the header, and `size` is
 * that of the whole. @throws as `readCheckpoint`
 */
export function listCheckpoint(
  bytes: Uint8Array,
  { key, size = bytes.length }: { readonly key?: string | undefined; readonly size?: number } = {},
): { readonly format: CheckpointFormat; readonly tensors: readonly Listed[]; readonly skipped: readonly string[] } {
  const format = formatOf(bytes);
  if (format === 'torch') return { format, ...listTorch(bytes, { key }) };
  const listed = Object.fromEntries(listSafetensors(bytes, size).map((entry) => [entry.name, entry]));
  const tensors = Object.entries(under(listed, key)).map(([name, entry]) => ({ ...entry, name }));
  return { format, tensors, skipped: [] };
}

/** By the first bytes; `bytes` may be only the beginning. @throws RingformerError for what is neither */
export function formatOf(bytes: Uint8Array): CheckpointFormat {
  checkIsFile(bytes);
  const isPickle = bytes[0] === 0x80 && bytes[1]! <= 5 && bytes[8] !== 0x7b;
  return isZip(bytes) || isPickle || isLegacy(bytes) ? 'torch' : 'safetensors';
}

/** The entries whose names begin with `key` and a dot, without that. */
function under<T>(entries: Record<string, T>, key: string | undefined): Record<string, T> {
  if (key === undefined) return entries;
  const start = `${key}.`;
  const found = Object.entries(entries).filter(([name]) => name.startsWith(start));
  if (found.length > 0) return Object.fromEntries(found.map(([name, value]) => [name.slice(start.length), value]));
  throw refusedFile(`The file holds no weights whose names begin with '${key.slice(0, 80)}.'.`);
}

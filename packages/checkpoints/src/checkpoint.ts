import { type Raw, readSafetensors } from '@ringformer/core/base';
import { readTorch, type TorchOptions } from './torch.ts';
import { isZip } from './zip.ts';

/** The tensors of a checkpoint of either kind: safetensors, or a file written by torch.save. @throws RingformerError 'bad-checkpoint' */
export function readCheckpoint(
  bytes: Uint8Array,
  options?: TorchOptions,
): { readonly format: 'safetensors' | 'torch'; readonly tensors: Record<string, Raw> } {
  const torch = isZip(bytes) || (bytes[0] === 0x80 && bytes[1]! <= 5 && bytes[8] !== 0x7b);
  if (torch) return { format: 'torch', tensors: readTorch(bytes, options) };
  return { format: 'safetensors', tensors: { ...readSafetensors(bytes).tensors } };
}

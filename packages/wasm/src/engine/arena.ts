import { RingformerError } from '@ringformer/core/base';
import { RESERVED } from './structs.ts';

/** Everything is aligned to a cache line, so that no two threads write to the same one. */
const LINE = 64;
const PAGE = 65536;

/** Memory that threads can share, and the allocations in it. Pointers are byte offsets. */
export type Arena = {
  readonly memory: WebAssembly.Memory;
  /** @throws RingformerError 'out-of-memory' if there is no room. */
  alloc(bytes: number): number;
  free(pointer: number): void;
  /** Bytes in use. */
  used(): number;
  floats(pointer: number, length: number): Float32Array;
  words(pointer: number, length: number): Int32Array;
  bytes(pointer: number, length: number): Uint8Array;
};

/** New memory of at least `bytes`. It is shared, so that threads can be added, and grows as needed. */
export function makeArena(bytes: number): Arena {
  const memory = newMemory(Math.ceil((bytes + RESERVED) / PAGE));
  const sizes = new Map<number, number>(); // of the allocations in use
  let free: { at: number; size: number }[] = [{ at: RESERVED, size: memory.buffer.byteLength - RESERVED }];

  const grow = (size: number) => {
    const end = memory.buffer.byteLength;
    const pages = Math.max(Math.ceil(size / PAGE), Math.ceil(end / PAGE / 8));
    try {
      memory.grow(pages);
    } catch (cause) {
      throw outOfMemory(size, cause);
    }
    release(end, pages * PAGE);
  };

  const release = (at: number, size: number) => {
    const merged: typeof free = [];
    for (const block of [...free, { at, size }].sort((a, b) => a.at - b.at)) {
      const last = merged.at(-1);
      if (last && last.at + last.size === block.at) last.size += block.size;
      else merged.push({ ...block });
    }
    free = merged;
  };

  return {
    memory,
    alloc(bytes) {
      const size = Math.max(LINE, Math.ceil(bytes / LINE) * LINE);
      if (!free.some((block) => block.size >= size)) grow(size);
      const block = free.find((block) => block.size >= size) as { at: number; size: number };
      const { at } = block;
      block.at += size;
      block.size -= size;
      sizes.set(at, size);
      return at;
    },
    free(pointer) {
      const size = sizes.get(pointer);
      if (size === undefined) return;
      sizes.delete(pointer);
      release(pointer, size);
    },
    used: () => [...sizes.values()].reduce((total, size) => total + size, 0),
    floats: (pointer, length) => new Float32Array(memory.buffer, pointer, length),
    words: (pointer, length) => new Int32Array(memory.buffer, pointer, length),
    bytes: (pointer, length) => new Uint8Array(memory.buffer, pointer, length),
  };
}

/** Shared memory needs a limit, and small devices may not have that much address space. */
function newMemory(initial: number): WebAssembly.Memory {
  let failure: unknown;
  for (const maximum of [65536, 16384, 4096]) {
    if (initial > maximum) continue;
    try {
      return new WebAssembly.Memory({ initial, maximum, shared: true });
    } catch (cause) {
      failure = cause;
    }
  }
  throw outOfMemory(initial * PAGE, failure);
}

function outOfMemory(bytes: number, cause: unknown): RingformerError {
  return new RingformerError(
    'out-of-memory',
    `[ringformer/wasm] Out of memory: cannot allocate ${Math.ceil(bytes / 1e6)} MB more. Use smaller batches, or quantise the model.`,
    { cause },
  );
}

import { findNative, type Session } from './find.ts';

export type SessionOptions = {
  /** Threads that share a kernel's work, this one included. Results don't depend on their number. */
  threads?: number;
  /** One of `variants`; the best by default. */
  variant?: string;
};

/**
 * The native kernels over a WebAssembly memory, by the names of the WebAssembly kernels, with the same arguments. Undefined
 * if there are none here: see `findNative`. Addresses outside the memory and wrong sizes throw a RangeError.
 */
export function openKernels(
  memory: WebAssembly.Memory,
  options: SessionOptions = {},
): Readonly<Record<string, (...args: number[]) => number>> | undefined {
  let bound = memory.buffer;
  const session = open(bound, options);
  if (!session) return undefined;
  const { engine: _, close: __, rebind, ...kernels } = session;
  const follow = (kernel: (...args: never[]) => number) => {
    const run = kernel as (...args: number[]) => number;
    return (...args: number[]) => {
      if (memory.buffer !== bound) {
        bound = memory.buffer;
        rebind(whole(bound));
      }
      return run(...args);
    };
  };
  return Object.fromEntries(Object.entries(kernels).map(([name, kernel]) => [name, follow(kernel)]));
}

/** The inference engine's operations on one memory. */
export type NativeEngine = {
  /** Runs an operation, whose arguments are words at an address of the memory. @throws RangeError if they are wrong. */
  run(operation: number, address: number): void;
  /** Ends the threads. */
  close(): void;
};

/**
 * The operations of the inference engine. Its memory is shared, so it grows in place; the addon learns of that when an
 * address is beyond what it knows.
 */
export function openEngine(memory: WebAssembly.Memory, options: SessionOptions = {}): NativeEngine | undefined {
  const session = open(memory.buffer, options);
  if (!session) return undefined;
  const { engine, rebind, close } = session;
  return {
    run(operation, address) {
      try {
        engine(operation, address);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        rebind(whole(memory.buffer));
        engine(operation, address);
      }
    },
    close,
  };
}

function open(buffer: ArrayBufferLike, { threads = 1, variant }: SessionOptions): Session | undefined {
  const { addon, variant: best } = { variant: undefined, ...findNative() };
  return addon?.open(whole(buffer), threads, variant ?? (best?.name as string));
}

/** Node 20 takes a shared buffer only behind an array. */
const whole = (buffer: ArrayBufferLike): Uint8Array<ArrayBufferLike> => new Uint8Array(buffer);

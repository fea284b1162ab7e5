import { CONTROL, READY } from './structs.ts';

/** What a thread needs to join a team. */
export type Join = { readonly module: WebAssembly.Module; readonly memory: WebAssembly.Memory; readonly id: number };

/** A thread that serves a team until it ends. */
export type Follower = { readonly started: Promise<void>; end(): void };

/**
 * The program of a thread, as text that does not depend on this module. The last job is read before the thread counts as
 * ready, because from then on it may be part of the next one. A trap is reported to the other threads, which would otherwise
 * wait for ever.
 */
export const PROGRAM = `
  async function serve({ module, memory, id }, ready) {
    const words = new Int32Array(memory.buffer, 0, 64);
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const seen = Atomics.load(words, ${CONTROL.JOB / 4});
    Atomics.store(words, ${READY / 4} + id, 1);
    ready();
    try {
      exports.serve(id, seen);
    } catch (error) {
      Atomics.store(words, ${CONTROL.FAILED / 4}, 1);
      throw error;
    }
  }`;

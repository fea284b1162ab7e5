// Makes reads fail once TensorFlow.js' webgpu backend has lost its GPU: `@ringformer/core/webgpu`.
import type * as tf from '@tensorflow/tfjs-core';
import { RingformerError } from './errors.ts';

/** The parts of TensorFlow.js' webgpu backend that are used here. */
export type WebGpuBackend = {
  readonly device: {
    readonly lost: Promise<{ readonly reason?: string; readonly message: string }>;
    addEventListener(type: 'uncapturederror', listener: (event: { readonly error?: Error }) => void): void;
  };
  read(id: object): Promise<tf.BackendValues>;
  readSync(id: object): tf.BackendValues;
};

/** Chromium's SwiftShader, Mesa's llvmpipe, softpipe and lavapipe, Windows' WARP. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|software|basic render/i;

/** Whether a GPU or WebGL renderer of this name computes on the CPU. */
export const isSoftware = (name: string): boolean => SOFTWARE.test(name);

export type WebGpuGuard = {
  /** Why nothing the backend has computed since can be trusted; undefined while it can. */
  readonly failure: () => string | undefined;
  /** Resolves with the reason at the first failure. */
  readonly failed: Promise<string>;
};

/**
 * WebGPU reports errors late, to whoever listens, and drops all work that was submitted together with the part that failed.
 * So after the first error, or when the device is lost, every read fails: 'lost', with the reason and `device`'s name.
 */
export function guardWebGpu(backend: WebGpuBackend, device: string, product: string): WebGpuGuard {
  let failure: string | undefined;
  let tell: (why: string) => void;
  const failed = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const fail = (why: string) => {
    failure ??= why.trim();
    tell(failure);
  };
  backend.device.addEventListener('uncapturederror', ({ error }) =>
    fail(error?.message ?? 'an error without a message'),
  );
  void backend.device.lost.then(({ message }) => fail(`the device is lost: ${message || 'no reason given'}`));
  const check = () => {
    if (failure === undefined) return;
    throw new RingformerError(
      'lost',
      `[ringformer/${product}] WebGPU on ${device} failed: ${failure}\n` +
        'What it has computed since is wrong. Start the backend again and reload the model; if memory ran out, use a smaller batch.',
    );
  };
  const { read, readSync } = backend;
  backend.read = async (id) => {
    const values = await read.call(backend, id).catch((cause: unknown) => {
      fail(`reading failed: ${(cause as Error).message || String(cause)}`);
    });
    check();
    return values as tf.BackendValues;
  };
  backend.readSync = (id) => {
    const values = readSync.call(backend, id);
    check();
    return values;
  };
  return { failure: () => failure, failed };
}

import { guardWebGpu, isSoftware, type WebGpuBackend } from '@ringformer/core/webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { WebBackendName } from './types.ts';

/** What a running backend knows about its GPU. */
export type Watch = {
  readonly device?: string;
  /** True if the processor computes instead of a GPU. */
  readonly software: boolean;
  readonly isLost: () => boolean;
  readonly lost: Promise<string>;
};

type WebglBackend = { getGPGPUContext(): { gl: WebGL2RenderingContext } };
type WebgpuBackend = WebGpuBackend & { readonly device: { readonly adapterInfo?: AdapterInfo } };
type AdapterInfo = { vendor: string; architecture: string; description: string; isFallbackAdapter?: boolean };

/** Watches the backend that TensorFlow.js uses now. */
export function watch(name: WebBackendName): Watch {
  if (name === 'webgl') return watchWebgl((tf.backend() as unknown as WebglBackend).getGPGPUContext().gl);
  if (name === 'webgpu') return watchWebgpu(tf.backend() as unknown as WebgpuBackend);
  return { software: false, isLost: () => false, lost: new Promise(() => {}) };
}

function watchWebgl(gl: WebGL2RenderingContext): Watch {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const device = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  let gone = false;
  const lost = new Promise<string>((resolve) => {
    gl.canvas.addEventListener('webglcontextlost', (event) => {
      gone = true; // for good: browsers may restore the context, but its textures are then empty
      resolve((event as WebGLContextEvent).statusMessage || 'the WebGL context was lost');
    });
  });
  return { device, software: isSoftware(device), isLost: () => gone || gl.isContextLost(), lost };
}

/** An error counts as a loss: everything computed since is wrong, and a new device is needed. */
function watchWebgpu(backend: WebgpuBackend): Watch {
  const { adapterInfo } = backend.device;
  const device = [adapterInfo?.vendor, adapterInfo?.architecture, adapterInfo?.description].filter(Boolean).join(' ');
  const { failure, failed } = guardWebGpu(backend, device || 'an unnamed GPU', 'web');
  return {
    ...(device ? { device } : {}),
    software: adapterInfo?.isFallbackAdapter === true || isSoftware(device),
    isLost: () => failure() !== undefined,
    lost: failed,
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { WebBackendName } from './types.ts';

/** What a started backend can say about its GPU. */
export type Watch = {
  readonly device?: string;
  /** True where no GPU computes, but the processor. */
  readonly software: boolean;
  readonly isLost: () => boolean;
  readonly lost: Promise<string>;
};

type WebglBackend = { getGPGPUContext(): { gl: WebGL2RenderingContext } };
type WebgpuBackend = {
  device: { lost: Promise<{ reason?: string; message: string }>; adapterInfo?: AdapterInfo };
  adapterInfo: unknown;
};
type AdapterInfo = { vendor: string; architecture: string; description: string; isFallbackAdapter?: boolean };

/** Renderers that run on the processor: Chromium's, Mesa's, Windows'. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Watches the backend that TensorFlow.js runs on now. */
export function watch(name: WebBackendName): Watch {
  if (name === 'webgl') return watchWebgl((tf.backend() as unknown as WebglBackend).getGPGPUContext().gl);
  if (name === 'webgpu') return watchWebgpu((tf.backend() as unknown as WebgpuBackend).device);
  return { software: false, isLost: () => false, lost: new Promise(() => {}) };
}

function watchWebgl(gl: WebGL2RenderingContext): Watch {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const device = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  const lost = new Promise<string>((resolve) => {
    gl.canvas.addEventListener('webglcontextlost', (event) =>
      resolve((event as WebGLContextEvent).statusMessage || 'the WebGL context was lost'),
    );
  });
  return { device, software: SOFTWARE.test(device), isLost: () => gl.isContextLost(), lost };
}

function watchWebgpu({ lost, adapterInfo }: WebgpuBackend['device']): Watch {
  let gone = false;
  const device = [adapterInfo?.vendor, adapterInfo?.architecture, adapterInfo?.description].filter(Boolean).join(' ');
  return {
    ...(device ? { device } : {}),
    software: adapterInfo?.isFallbackAdapter === true || SOFTWARE.test(device),
    isLost: () => gone,
    lost: lost.then(({ message }) => {
      gone = true;
      return message || 'the WebGPU device was lost';
    }),
  };
}

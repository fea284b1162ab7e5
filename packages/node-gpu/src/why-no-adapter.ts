import { RingformerError } from '@ringformer/core/base';
import type { Adapter } from './dawn.ts';
import { findLibrary, readNvidia } from './nvidia.ts';

/** Why Dawn has no adapter, with the remedy. `says`: what Dawn printed, if that was not to stderr. */
export async function whyNoAdapter(
  wanted: string | undefined,
  adapters: readonly Adapter[],
  says?: readonly string[],
): Promise<RingformerError> {
  const say = (why: string) => new RingformerError('no-backend', `[ringformer/node-gpu] No WebGPU adapter: ${why}`);
  if (adapters.length > 0) {
    const names = adapters.map(({ backend, name }) => `${name} (${backend})`).join(', ');
    return say(
      wanted === undefined ? `Dawn offers none of ${names}.` : `none is named '${wanted}'. Available: ${names}.`,
    );
  }
  if (process.platform !== 'linux') return say('install the driver of the graphics card.');
  if (!(await findLibrary('libvulkan.so.1'))) {
    return say('the Vulkan loader libvulkan.so.1 is missing: install it (Debian, Ubuntu: apt install libvulkan1).');
  }
  const { driver, cards } = await readNvidia();
  if (driver !== undefined || cards.length > 0) {
    return say(
      `the NVIDIA driver ${driver ?? ''} offers no Vulkan: nvidia_icd.json or libGLX_nvidia.so.0 is missing. Install the full ` +
        'driver; in a container, set NVIDIA_DRIVER_CAPABILITIES=all.',
    );
  }
  const printed = says ? says.join('; ') : 'its lines on stderr, if any, say why';
  return say(
    `the Vulkan loader is installed, but no driver that Dawn accepts${printed && ` (${printed})`}. Install the ` +
      "graphics card's driver: NVIDIA's own, or a recent Mesa for AMD and Intel; that of Debian 12 is too old.",
  );
}

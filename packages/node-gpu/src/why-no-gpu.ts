import type { Binding } from './binding.ts';
import { cudaNeeds, isOlder } from './cuda-needs.ts';
import { findLibrary, type Nvidia, readNvidia } from './nvidia.ts';

/** What is inspected; tests substitute their own. */
export type Machine = {
  readonly platform: string;
  readonly visible: string | undefined;
  readonly nvidia: () => Promise<Nvidia>;
  readonly library: (name: string, folders: readonly string[]) => Promise<string | undefined>;
};

const thisMachine = (): Machine => ({
  platform: process.platform,
  visible: process.env['CUDA_VISIBLE_DEVICES'],
  nvidia: readNvidia,
  library: findLibrary,
});

/** How to get a TensorFlow that supports newer cards. */
export const BUILD =
  "build the binding against your own TensorFlow: pip install 'tensorflow[and-cuda]' into a virtual environment, " +
  'then npx ringformer-build-binding --tensorflow THE-ENVIRONMENT';

/** The first reason found why TensorFlow uses no GPU, with its remedy: one or two sentences. */
export async function whyNoGpu(binding: Binding, machine: Machine = thisMachine()): Promise<string> {
  const { platform, visible, nvidia, library } = machine;
  if (platform === 'darwin') return 'TensorFlow for Node has no GPU support on macOS. Use WebGPU (npm install webgpu).';
  if (!binding.cuda) return `This TensorFlow ${binding.tensorflow} is built without CUDA. Instead, ${BUILD}.`;
  const { driver, cards, onBus } = await nvidia();
  const { cuda, driver: oldest, libraries } = cudaNeeds(binding.tensorflow);
  if (driver === undefined) {
    return onBus
      ? `There is an NVIDIA card, but its driver is not loaded. Install the driver, ${oldest} or newer.`
      : 'No NVIDIA card was found. In a container, start it with --gpus all; elsewhere use wasm or WebGPU.';
  }
  if (isOlder(driver, oldest)) {
    return `The NVIDIA driver is ${driver}; CUDA ${cuda} needs ${oldest} or newer. Install a newer driver.`;
  }
  if (visible !== undefined && /^\s*(-1.*)?$/.test(visible)) {
    return `CUDA_VISIBLE_DEVICES is '${visible}', which hides every card. Unset it.`;
  }
  if (!(await library('libcuda.so.1', []))) {
    return `The driver ${driver} is loaded, but its library libcuda.so.1 was not found. In a container, install NVIDIA's container toolkit.`;
  }
  const found = await Promise.all(libraries.map((name) => library(name, binding.folders)));
  const missing = libraries.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) {
    return (
      `TensorFlow ${binding.tensorflow} needs CUDA ${cuda}; not found: ${missing.join(', ')}. Install them and add their ` +
      `folder to LD_LIBRARY_PATH, or ${BUILD}.`
    );
  }
  const newest = Math.max(...cards.map(({ computeCapability }) => computeCapability || 0), 0);
  const tooNew =
    cuda === '11' && newest > 8.6 ? ` TensorFlow ${binding.tensorflow} is older than the card: ${BUILD}.` : '';
  return `Driver ${driver} and CUDA ${cuda} are installed; TensorFlow's own lines on stderr say why it uses no card.${tooNew}`;
}

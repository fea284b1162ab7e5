import { findBinding } from './binding.ts';
import { cudaNeeds } from './cuda-needs.ts';
import { askDawn } from './dawn.ts';
import { findPackage, type Installed, versioned } from './modules.ts';
import { findLibrary, readNvidia } from './nvidia.ts';
import { BUILD, whyNoGpu } from './why-no-gpu.ts';

/** One finding. `there` is false if it is missing; `advice` says how to install or fix it. */
export type Finding = {
  readonly name: string;
  readonly there: boolean;
  readonly found: string;
  readonly advice?: string;
};

/**
 * What this machine has for a GPU: NVIDIA's driver and cards, CUDA's libraries by name, the optional packages with their
 * versions, the adapters that Dawn sees. Starts no backend and never throws.
 */
export async function inspectNodeGpu({ modules }: { readonly modules?: string } = {}): Promise<Finding[]> {
  const native = await Promise.all(
    ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].map((name) => tensorflow(name, modules)),
  );
  return [...(await nvidia()), ...native.flat(), ...(await webgpu(modules))];
}

async function nvidia(): Promise<Finding[]> {
  const { driver, cards, onBus } = await readNvidia();
  const names = cards.map(
    ({ name, memoryMiB, computeCapability }) =>
      `${name}, ${(memoryMiB / 1024).toFixed(0)} GiB, compute ${computeCapability}`,
  );
  const missing = onBus ? { advice: 'a card is present, but its driver is missing: install it.' } : {};
  return [
    { name: 'NVIDIA driver', there: driver !== undefined, found: driver ?? 'none', ...(driver ? {} : missing) },
    ...names.map((found) => ({ name: 'NVIDIA card', there: true, found })),
  ];
}

async function tensorflow(name: string, modules: string | undefined): Promise<Finding[]> {
  const installed = findPackage(name, modules);
  if (!installed) return [{ name, there: false, found: 'not installed' }];
  const binding = findBinding(installed);
  if (!binding)
    return [
      {
        name,
        there: false,
        found: `${installed.version}, without its binding`,
        advice: `npm rebuild ${name}, or ${BUILD}.`,
      },
    ];
  const found = `${installed.version}, TensorFlow ${binding.tensorflow} ${binding.cuda ? 'with CUDA' : 'without CUDA'}${binding.built ? ` in ${binding.folders[0]}` : ''}`;
  if (!binding.cuda) return [{ name, there: true, found }];
  const { cuda, libraries } = cudaNeeds(binding.tensorflow);
  const there = await Promise.all(libraries.map((library) => findLibrary(library, binding.folders)));
  const missing = libraries.filter((_, i) => there[i] === undefined);
  return [
    { name, there: true, found },
    missing.length === 0
      ? { name: `CUDA ${cuda}`, there: true, found: libraries.join(', ') }
      : {
          name: `CUDA ${cuda}`,
          there: false,
          found: `not found: ${missing.join(', ')}`,
          advice: await whyNoGpu(binding),
        },
  ];
}

async function webgpu(modules: string | undefined): Promise<Finding[]> {
  const names = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];
  const packages = names.map((name) => ({ name, installed: findPackage(name, modules) }));
  const missing = packages.filter(({ installed }) => !installed).map(({ name }) => versioned(name));
  const findings: Finding[] = packages.map(({ name, installed }) => ({
    name,
    there: installed !== undefined,
    found: installed?.version ?? 'not installed',
  }));
  if (missing.length > 0)
    return [
      ...findings.slice(0, -1),
      { ...(findings.at(-1) as Finding), advice: `for WebGPU: npm install ${missing.join(' ')}.` },
    ];
  try {
    const { adapters, says } = await askDawn(packages[0]?.installed as Installed);
    const seen = adapters.map(({ backend, name, software }) => ({
      name: 'WebGPU adapter',
      there: !software,
      found: `${name}, ${backend}${software ? ', computes on the CPU' : ''}`,
    }));
    if (seen.length > 0) return [...findings, ...seen];
    const { whyNoAdapter } = await import('./why-no-adapter.ts');
    const advice = (await whyNoAdapter(undefined, [], says)).message.replace(
      '[ringformer/node-gpu] No WebGPU adapter: ',
      '',
    );
    return [...findings, { name: 'WebGPU adapter', there: false, found: 'none', advice }];
  } catch (error) {
    return [
      ...findings,
      { name: 'WebGPU adapter', there: false, found: 'Dawn does not load', advice: (error as Error).message },
    ];
  }
}

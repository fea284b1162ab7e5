import { createRequire } from 'node:module';
import { type Backend, RingformerError } from '@ringformer/core/base';
import { registerGradients } from '@ringformer/core/gradients';
import { readBytes } from '@ringformer/core/read';
import * as tf from '@tensorflow/tfjs-core';
import { type Binding, findBinding } from './binding.ts';
import { findPackage, type Installed, needPackages, versioned } from './modules.ts';
import { restoreUtil } from './removed-util.ts';
import { BUILD, whyNoGpu } from './why-no-gpu.ts';

export type TensorflowOptions = {
  /** A folder whose node_modules contain the optional packages, if they are not next to this one. */
  readonly modules?: string;
};

/** The parts of TensorFlow.js' native backend that are used here. */
type Native = tf.KernelBackend & { readonly isUsingGpuDevice: boolean };

const PACKAGES = { cuda: '@tensorflow/tfjs-node-gpu', tensorflow: '@tensorflow/tfjs-node' } as const;

/** TensorFlow.js' name for the backend, on whichever device. */
const NATIVE = 'tensorflow';

/**
 * Starts TensorFlow's native library. 'cuda' throws if TensorFlow uses no GPU; 'tensorflow' accepts any device. Either
 * package works for both; the one of that name is preferred. Called again, it keeps the running backend.
 * @throws RingformerError 'no-backend' that says what is missing: the package, its binding, a library, a driver, a card.
 */
export async function startTensorflow(
  name: keyof typeof PACKAGES,
  { modules }: TensorflowOptions = {},
): Promise<Backend> {
  const [installed, binding] = choose(name, modules);
  const before = tf.engine().backendName as string | undefined;
  if (!tf.findBackend(NATIVE)) load(installed, binding);
  if (!(await tf.setBackend(NATIVE))) {
    throw new RingformerError('no-backend', `[ringformer/node-gpu] TensorFlow ${binding.tensorflow} could not start.`);
  }
  await tf.ready();
  if (name === 'cuda' && !(tf.backend() as Native).isUsingGpuDevice) {
    if (before) await tf.setBackend(before);
    throw new RingformerError(
      'no-backend',
      `[ringformer/node-gpu] TensorFlow ${binding.tensorflow} uses no GPU. ${await whyNoGpu(binding)}`,
    );
  }
  registerGradients();
  return { name, trains: true, readBytes };
}

/** The package to load: the first that has a binding. */
function choose(name: keyof typeof PACKAGES, modules: string | undefined): [Installed, Binding] {
  const names = [PACKAGES[name], ...Object.values(PACKAGES).filter((other) => other !== PACKAGES[name])];
  const installed = names.flatMap((name) => findPackage(name, modules) ?? []);
  const [first] = installed.length > 0 ? installed : needPackages(`The backend '${name}'`, [PACKAGES[name]], modules);
  for (const candidate of installed) {
    const binding = findBinding(candidate);
    if (binding) return [candidate, binding];
  }
  throw new RingformerError(
    'no-backend',
    `[ringformer/node-gpu] ${first?.name} ${first?.version} is installed without its binding: its install script did not run ` +
      `or could not download it. Run npm rebuild ${first?.name}, or ${BUILD}.`,
  );
}

function load(installed: Installed, binding: Binding): void {
  restoreUtil();
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1'; // warnings and errors, but no information about every start
  try {
    createRequire(installed.entry)(installed.entry);
  } catch (cause) {
    const why = (cause as Error).message.split('\n')[0] ?? '';
    throw new RingformerError('no-backend', `[ringformer/node-gpu] ${remedy(installed, binding, why)}`, { cause });
  }
}

function remedy({ name, version }: Installed, binding: Binding, why: string): string {
  const library = /^(\S+): cannot open shared object file/.exec(why)?.[1];
  if (library) {
    return (
      `The binding of ${name} needs ${library}, which was not found. ` +
      (binding.built
        ? `TensorFlow was in ${binding.folders[0]}: put it back, or run ringformer-build-binding again.`
        : `Run npm rebuild ${name}, or ${BUILD}.`)
    );
  }
  const glibc = /version `([^']+)' not found/.exec(why)?.[1];
  if (glibc) return `TensorFlow ${binding.tensorflow} needs ${glibc}, which this system does not have: ${why}.`;
  return `${name} ${version} does not load on Node ${process.versions.node}: ${why} Reinstall ${versioned(name)}, or ${BUILD}.`;
}

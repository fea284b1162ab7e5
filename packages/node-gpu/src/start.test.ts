import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bindingFolder, findBinding } from './binding.ts';
import { inspectNodeGpu, type NodeGpuName, startNodeGpu } from './index.ts';
import { findPackage } from './modules.ts';

let modules = '';
beforeEach(() => {
  modules = mkdtempSync(join(tmpdir(), 'ringformer modules '));
});
afterEach(() => rmSync(modules, { recursive: true }));

/** A package of that name whose main file is this. */
function install(name: string, main: string): string {
  const folder = join(modules, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  const binary = { napi_versions: [3, 8] };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '4.22.0', main: 'main.js', binary }));
  writeFileSync(join(folder, 'main.js'), main);
  return folder;
}

function addBinding(name: string, note?: object): void {
  const installed = findPackage(name, modules);
  if (!installed) throw new Error(`${name} is not installed`);
  const folder = bindingFolder(installed);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tfjs_binding.node'), '');
  if (note) writeFileSync(join(folder, 'tfjs_binding.json'), JSON.stringify(note));
}

const refused = (prefer: NodeGpuName | NodeGpuName[], message: RegExp) =>
  expect(startNodeGpu({ prefer, modules, onSkip: () => {} })).rejects.toMatchObject({ code: 'no-backend', message });

describe('each thing that is missing is named, with its remedy', () => {
  test('the package', () =>
    refused('cuda', /needs @tensorflow\/tfjs-node-gpu.*npm install @tensorflow\/tfjs-node-gpu@4\.22/));

  test('its binding', async () => {
    install('@tensorflow/tfjs-node-gpu', '');
    await refused(
      'cuda',
      /tfjs-node-gpu 4\.22\.0 is installed without its binding.*npm rebuild @tensorflow\/tfjs-node-gpu/,
    );
  });

  test("TensorFlow's library", async () => {
    install(
      '@tensorflow/tfjs-node',
      "throw new Error('libtensorflow.so.2: cannot open shared object file: No such file')",
    );
    addBinding('@tensorflow/tfjs-node');
    await refused('tensorflow', /needs libtensorflow\.so\.2, which was not found\. Run npm rebuild/);
    addBinding('@tensorflow/tfjs-node', { tensorflow: '2.20.0', cuda: true, folder: '/gone/tensorflow' });
    await refused('tensorflow', /TensorFlow was in \/gone\/tensorflow: put it back/);
  });

  test('a newer C library', async () => {
    const why = "/lib/libm.so.6: version `GLIBC_2.99' not found (required by x)";
    install('@tensorflow/tfjs-node', `throw new Error(${JSON.stringify(why)})`);
    addBinding('@tensorflow/tfjs-node');
    await refused('tensorflow', /needs GLIBC_2\.99/);
  });

  test('any other error is reported as it is', async () => {
    install('@tensorflow/tfjs-node', "throw new TypeError('x is not a function')");
    addBinding('@tensorflow/tfjs-node');
    await refused('tensorflow', /tfjs-node 4\.22\.0 does not load on Node \d.*x is not a function/);
  });
});

test('everything that was tried is reported, in turn', async () => {
  const skipped: string[] = [];
  const onSkip = (name: string, error: Error) => skipped.push(`${name}: ${error.message.slice(0, 20)}`);
  await expect(startNodeGpu({ prefer: ['cuda', 'tensorflow'], modules, onSkip })).rejects.toMatchObject({
    code: 'no-backend',
    message:
      /No backend could start\.\n {2}- cuda: The backend 'cuda' needs .*\n {2}- tensorflow: The backend 'tensorflow' needs /,
  });
  expect(skipped).toEqual(['cuda: [ringformer/node-gpu']);
});

test('unknown names are refused', async () => {
  const prefer = 'opencl' as NodeGpuName;
  await expect(startNodeGpu({ prefer })).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringMatching(/cuda, webgpu or tensorflow/),
  });
  await expect(startNodeGpu({ prefer: [] })).rejects.toMatchObject({ code: 'bad-argument' });
});

test('the package with a binding is used, whichever it is', async () => {
  install('@tensorflow/tfjs-node-gpu', '');
  install('@tensorflow/tfjs-node', "throw new Error('this one')");
  addBinding('@tensorflow/tfjs-node');
  await refused('cuda', /this one/);
});

test('a binding of the package itself, and one that was built', () => {
  install('@tensorflow/tfjs-node-gpu', '');
  const installed = findPackage('@tensorflow/tfjs-node-gpu', modules);
  if (!installed) throw new Error('not installed');
  expect(findBinding(installed)).toBeUndefined();
  addBinding(installed.name);
  expect(findBinding(installed)).toMatchObject({ tensorflow: '2.9.1', cuda: true, built: false });
  addBinding(installed.name, { tensorflow: '2.20.0', cuda: false, folder: modules });
  expect(findBinding(installed)).toMatchObject({ tensorflow: '2.20.0', cuda: false, built: true, folders: [modules] });
});

test('inspectNodeGpu lists what is there and what is not', async () => {
  install('@tensorflow/tfjs-node', '');
  addBinding('@tensorflow/tfjs-node', { tensorflow: '2.20.0', cuda: true, folder: '/tf' });
  const findings = await inspectNodeGpu({ modules });
  const named = (name: string) => findings.find((finding) => finding.name === name);
  expect(named('@tensorflow/tfjs-node-gpu')).toEqual({
    name: '@tensorflow/tfjs-node-gpu',
    there: false,
    found: 'not installed',
  });
  expect(named('@tensorflow/tfjs-node')?.found).toBe('4.22.0, TensorFlow 2.20.0 with CUDA in /tf');
  expect(named('CUDA 12')?.found).toMatch(/libcudnn\.so\.9/);
  expect(named('webgpu')).toMatchObject({ there: true, found: expect.stringMatching(/^0\./) });
  expect(named('NVIDIA driver')).toBeDefined();
});

import { describe, expect, test } from 'vitest';
import type { Binding } from './binding.ts';
import { cudaNeeds, isOlder } from './cuda-needs.ts';
import { dawnLines, parseAdapters } from './dawn.ts';
import { parseCards, parseDriver, parseLdconfig } from './nvidia.ts';
import { restoreUtil } from './removed-util.ts';
import { type Machine, whyNoGpu } from './why-no-gpu.ts';

describe('what programs and files report', () => {
  test('nvidia-smi', () => {
    expect(parseCards('550.54.15, NVIDIA H100 80GB HBM3, 81559, 9.0\n550.54.15, Tesla T4, 15360, 7.5\n')).toEqual([
      { driver: '550.54.15', name: 'NVIDIA H100 80GB HBM3', memoryMiB: 81559, computeCapability: 9 },
      { driver: '550.54.15', name: 'Tesla T4', memoryMiB: 15360, computeCapability: 7.5 },
    ]);
    expect(parseCards('No devices were found\n')).toEqual([]);
    expect(parseCards('')).toEqual([]);
  });

  test.each([
    ['NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023', '535.104.05'],
    ['NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build', '570.86.10'],
    ['GCC version: 12.2.0', undefined],
  ])('the driver: %s', (text, version) => expect(parseDriver(text)).toBe(version));

  test('ldconfig', () => {
    const listing =
      '2 libs found\n\tlibcudart.so.12 (libc6,x86-64) => /opt/cuda/lib/libcudart.so.12\n\tlibcudart.so.1 (libc6) => /x\n';
    expect(parseLdconfig(listing, 'libcudart.so.12')).toBe('/opt/cuda/lib/libcudart.so.12');
    expect(parseLdconfig(listing, 'libcudart.so')).toBeUndefined();
  });

  test('Dawn', () => {
    const message =
      "no suitable backends found\nAvailable adapters:\n * backend: 'vulkan', name: 'SwiftShader Device (Subzero)'\n * backend: 'vulkan', name: 'NVIDIA L4'\n";
    expect(parseAdapters(message)).toEqual([
      { backend: 'vulkan', name: 'SwiftShader Device (Subzero)', software: true },
      { backend: 'vulkan', name: 'NVIDIA L4', software: false },
    ]);
    expect(parseAdapters('')).toEqual([]);
    const none =
      'Warning: vkCreateInstance: Found no drivers!\n    at CheckVkSuccessImpl (/build/VulkanError.cpp:106)\n\n';
    expect(dawnLines(none + none)).toEqual(['vkCreateInstance: Found no drivers!']);
  });
});

test.each([
  ['2.9.1', 'libcudart.so.11.0', 'libcudnn.so.8'],
  ['2.14.1', 'libcudart.so.11.0', 'libcudnn.so.8'],
  ['2.15.0', 'libcudart.so.12', 'libcudnn.so.8'],
  ['2.18.1', 'libcudart.so.12', 'libcudnn.so.9'],
  ['2.20.0', 'libcudart.so.12', 'libcudnn.so.9'],
])('TensorFlow %s loads %s and %s', (tensorflow, cudart, cudnn) => {
  expect(cudaNeeds(tensorflow).libraries).toEqual(expect.arrayContaining([cudart, cudnn]));
});

test('versions are compared by their numbers', () => {
  expect(isOlder('450.36', '450.80.02')).toBe(true);
  expect(isOlder('1000.1', '525.60.13')).toBe(false);
  expect(isOlder('525.60.13', '525.60.13')).toBe(false);
  expect(isOlder('525.60', '525.60.13')).toBe(true);
});

describe('why TensorFlow uses no GPU', () => {
  const binding: Binding = { path: '', tensorflow: '2.20.0', cuda: true, folders: ['/tf'], built: true };
  const card = { name: 'NVIDIA H100', memoryMiB: 81559, computeCapability: 9 };
  const sound: Machine = {
    platform: 'linux',
    visible: undefined,
    nvidia: async () => ({ driver: '550.54.15', cards: [card], onBus: true }),
    library: async (name) => `/lib/${name}`,
  };
  const nvidia = (driver: string | undefined, onBus: boolean) => async () => ({ driver, cards: [], onBus });

  test.each<[string, Partial<Binding>, Partial<Machine>, RegExp]>([
    ['macOS', {}, { platform: 'darwin' }, /no GPU support on macOS.*WebGPU/],
    ['a CPU build', { cuda: false }, {}, /2\.20\.0 is built without CUDA.*ringformer-build-binding/],
    ['no card', {}, { nvidia: nvidia(undefined, false) }, /No NVIDIA card was found.*--gpus all/],
    ['no driver', {}, { nvidia: nvidia(undefined, true) }, /its driver is not loaded.*525\.60\.13 or newer/],
    ['an old driver', {}, { nvidia: nvidia('470.82.01', true) }, /driver is 470\.82\.01; CUDA 12 needs 525\.60\.13/],
    ['hidden cards', {}, { visible: '-1' }, /CUDA_VISIBLE_DEVICES is '-1'/],
    ['no libcuda', {}, { library: async () => undefined }, /libcuda\.so\.1 was not found/],
    [
      'no cuDNN',
      {},
      { library: async (name) => (name.includes('cudnn') ? undefined : name) },
      /needs CUDA 12; not found: libcudnn\.so\.9\. .*LD_LIBRARY_PATH/,
    ],
    ['nothing wrong', {}, {}, /Driver 550\.54\.15 and CUDA 12 are installed; TensorFlow's own lines/],
    ['a card newer than CUDA 11', { tensorflow: '2.9.1' }, {}, /2\.9\.1 is older than the card/],
  ])('%s', async (_, of, where, why) => {
    expect(await whyNoGpu({ ...binding, ...of }, { ...sound, ...where })).toMatch(why);
  });
});

test('what Node 23 removed from node:util is restored, and only that', () => {
  const had = () => true;
  const target = { isArray: had } as Record<string, unknown>;
  expect(restoreUtil(target)).toEqual(['isNullOrUndefined']);
  expect(target['isArray']).toBe(had);
  const { isNullOrUndefined } = target as { isNullOrUndefined: (x: unknown) => boolean };
  expect([null, undefined, 0, ''].map((x) => isNullOrUndefined(x))).toEqual([true, true, false, false]);
});

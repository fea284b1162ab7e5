import { setFlagsFromString } from 'node:v8';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { enableWideVectors } from './wide-vectors.ts';

// No flag is really set here, except relaxed SIMD's in Node 20: the probe needs it.
vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn() }));
const v8 = await vi.importActual<typeof import('node:v8')>('node:v8');
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
const { versions } = process;
const real = WebAssembly;

const FLAG = '--experimental-wasm-revectorize';
const NO_FLAG = '--no-experimental-wasm-revectorize';

/** Runs a fresh copy of the function as if on this Node and processor. → what it found, and the flags it set */
async function run({ v8 = '13.6.233', arch = 'x64' }: { v8?: string; arch?: string } = {}) {
  vi.resetModules();
  const fresh = (await import('./wide-vectors.ts')) as { enableWideVectors: typeof enableWideVectors };
  vi.spyOn(process, 'versions', 'get').mockReturnValue({ ...versions, v8 });
  vi.spyOn(process, 'arch', 'get').mockReturnValue(arch as typeof process.arch);
  const found = fresh.enableWideVectors();
  expect(fresh.enableWideVectors()).toBe(found);
  return { ...found, flags: vi.mocked(setFlagsFromString).mock.calls.map(([flag]) => flag) };
}

type Product = (a: number, b: number, c: number, k: number) => void;

/** Lets the probe's two products take so much time, and the one with pairs a number of its own. */
function pretend(times: { pairs: number; singles: number }, wrong = false): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  class Instance {
    readonly exports: WebAssembly.Exports;
    constructor(module: WebAssembly.Module, imports: { env: { memory: WebAssembly.Memory } }) {
      const { exports } = new real.Instance(module, imports);
      const productOfPairs: Product = (a, b, c, k) => {
        (exports.productOfPairs as Product)(a, b, c, k);
        now += times.pairs;
        if (wrong) new Float32Array(imports.env.memory.buffer, c, 1).fill(0);
      };
      const productOfSingles: Product = (...args) => {
        (exports.productOfSingles as Product)(...args);
        now += times.singles;
      };
      this.exports = { ...exports, productOfPairs, productOfSingles };
    }
  }
  const { Memory, Module, validate } = real;
  vi.stubGlobal('WebAssembly', { Memory, Module, validate, Instance });
}

beforeEach(() => {
  vi.mocked(setFlagsFromString).mockReset();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

test('the flag is set if the numbers are the same and come sooner', async () => {
  pretend({ pairs: 2, singles: 3 });
  expect(await run()).toEqual({
    on: true,
    why: 'products are 1.5 times as fast',
    flags: ['--no-liftoff', FLAG, '--liftoff'],
  });
});

test('and switched off again if there is no gain, or if one number is another', async () => {
  pretend({ pairs: 3, singles: 3.2 });
  const flags = ['--no-liftoff', FLAG, '--liftoff', NO_FLAG];
  expect(await run()).toEqual({ on: false, why: 'this processor gains nothing from them', flags });
  vi.mocked(setFlagsFromString).mockReset();
  pretend({ pairs: 2, singles: 3 }, true);
  expect(await run()).toEqual({ on: false, why: 'this processor computes other numbers with them', flags });
});

test('other processors and versions of Node, and a user who forbids it, see no flag at all', async () => {
  const { node } = versions;
  expect(await run({ arch: 'arm64' })).toEqual({
    on: false,
    why: 'only x64 processors have them, and this is arm64',
    flags: [],
  });
  const old = `Node ${node} gains nothing from them; Node 24 and later do`;
  expect(await run({ v8: '11.3.244.8-node.38' })).toEqual({ on: false, why: old, flags: [] });
  expect(await run({ v8: '12.4.254.21-node.57' })).toEqual({ on: false, why: old, flags: [] });
  const unknown = `they have not been tested with Node ${node}`;
  expect(await run({ v8: '15.0.1' })).toEqual({ on: false, why: unknown, flags: [] });
  vi.stubEnv('RINGFORMER_WIDE', '0');
  expect(await run()).toEqual({ on: false, why: 'RINGFORMER_WIDE=0 forbids them', flags: [] });
});

import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { readSafetensors, reasonOf } from '@ringformer/core/base';
import { defineCommand } from 'citty';
import type { BackendName } from '../backends.ts';
import { commonArgs } from '../flags.ts';
import { colours, type Io, write, writeJson } from '../io.ts';
import { packagedPairs, shortName } from '../kinds.ts';
import { table } from '../table.ts';

const args = {
  ...commonArgs,
  backend: { ...commonArgs.backend, default: undefined, description: 'test only this one (default: wasm and cpu)' },
} as const;

/** One thing that was checked; `advice` says what to do if it is not as it should be. */
type Check = {
  readonly name: string;
  /** 'none': something optional is missing. */
  readonly state: 'ok' | 'warn' | 'fail' | 'none';
  readonly found: string;
  readonly advice?: string;
};

/**
 * `ringformer doctor`: reports what this machine can run and explains what it can't; exit code 1 if a backend or the model
 * fails.
 */
export const doctorCommand = defineCommand({
  meta: { name: 'doctor', description: "Report what this machine can run, and explain what it can't" },
  args,
  async run({ args: given, data }) {
    const io = data as Io;
    const names = given.backend === undefined ? (['wasm', 'cpu'] as const) : ([given.backend as BackendName] as const);
    const checks = [...machine(), ...(await engine()), await native()];
    checks.push(...(await graphics()), await onnx());
    for (const name of names) checks.push(await backend(name));
    for (const path of given.model === undefined ? packagedPairs() : [given.model])
      checks.push(await model(path, names[0]));
    const ok = checks.every(({ state }) => state !== 'fail');
    if (given.json) await writeJson(io.stdout, { ok, checks });
    else await write(io.stdout, render(checks, io));
    return ok ? 0 : 1;
  },
});

const MARKS = { ok: '✓', warn: '!', fail: '✗', none: '·' } as const;

function render(checks: readonly Check[], io: Io): string {
  const paint = colours(io.stdout, io.env);
  const mark = ({ state }: Check) =>
    (state === 'ok' ? paint.green : state === 'none' ? paint.dim : paint.red)(MARKS[state]);
  const lines = table(
    checks.map((check) => [mark(check), check.name, check.found]),
    ['left', 'left', 'left'],
  );
  const advice = checks.flatMap(({ name, advice }) => (advice ? [`${paint.bold(name)}: ${advice}\n`] : []));
  return lines + (advice.length > 0 ? `\n${advice.join('')}` : '');
}

/** The oldest version that the packages are tested with. */
const OLDEST_NODE = [20, 19] as const;

function machine(): Check[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const recent = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB, ${(Math.min(process.constrainedMemory() || totalmem(), totalmem()) / 2 ** 30).toFixed(1)} GiB usable`;
  return [
    {
      name: 'Node',
      state: recent ? 'ok' : 'fail',
      found: process.version,
      ...(recent ? {} : { advice: `install Node ${OLDEST_NODE.join('.')} or later.` }),
    },
    { name: 'platform', state: 'ok', found: `${platform()} ${release()}, ${arch()}` },
    {
      name: 'processor',
      state: 'ok',
      found: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`,
    },
    { name: 'memory', state: 'ok', found: memory },
  ];
}

async function engine(): Promise<Check[]> {
  const { RELAXED_SIMD, SIMD, supports } = await import('../simd.ts');
  const { allowRelaxedSimd } = await import('../backends.ts');
  const builtIn = supports(RELAXED_SIMD);
  allowRelaxedSimd();
  const simd = supports(SIMD);
  const relaxed = supports(RELAXED_SIMD);
  const { enableWideVectors } = await import('@ringformer/wasm/engine');
  const wide = enableWideVectors();
  return [
    {
      name: 'SIMD',
      state: simd ? 'ok' : 'fail',
      found: simd ? 'yes' : 'no',
      ...(simd ? {} : { advice: 'WebAssembly SIMD is not available here. Use --backend cpu, or another machine.' }),
    },
    {
      name: 'relaxed SIMD',
      state: relaxed ? 'ok' : 'warn',
      found: relaxed ? (builtIn ? 'yes' : 'yes, turned on by this program') : 'no',
      ...(relaxed
        ? {}
        : { advice: 'without fused multiply-add, matrix products are slower. Node 22 or later has it.' }),
    },
    {
      name: 'wide vectors',
      state: wide.on ? 'ok' : 'none',
      found: wide.on ? `yes, turned on by this program: ${wide.why}` : `no: ${wide.why}`,
    },
  ];
}

/** The kernels of @ringformer/native, which stand in for those in WebAssembly. */
async function native(): Promise<Check> {
  const name = 'native kernels';
  const found = await import('@ringformer/native').then(({ findNative }) => findNative()).catch(() => undefined);
  if (!found) {
    return {
      name,
      state: 'none',
      found: 'not installed',
      advice: 'npm install @ringformer/native makes this machine faster.',
    };
  }
  if (found.addon)
    return { name, state: 'ok', found: `${found.variant.name}, ${availableParallelism()} threads, ${found.path}` };
  if (found.state === 'absent') {
    const advice = 'install @ringformer/native again, with optional dependencies; in a clone: npm run build:native.';
    return { name, state: 'none', found: `no: ${found.why}`, advice };
  }
  if (found.state !== 'broken') return { name, state: 'none', found: `no: ${found.why}` };
  const advice = `${found.why}. Install @ringformer/native again. Until then WebAssembly does the work.`;
  return { name, state: 'warn', found: 'broken', advice };
}

/** Drivers, libraries, cards and packages of the backends that need a graphics processor or TensorFlow. */
async function graphics(): Promise<Check[]> {
  const { inspectNodeGpu } = await import('@ringformer/node-gpu');
  const findings = await inspectNodeGpu();
  return findings.map(({ there, ...rest }) => ({ ...rest, state: there ? 'ok' : 'none' }));
}

/** ONNX Runtime, if it is installed. */
async function onnx(): Promise<Check> {
  const name = 'ONNX Runtime';
  try {
    const { inspectOnnx } = await import('@ringformer/onnx/run');
    const { version, providers } = await inspectOnnx();
    return { name, state: 'ok', found: `${version}, built with ${providers.join(', ')}` };
  } catch (error) {
    const why = reasonOf(error);
    const absent = why.includes('is not installed');
    return absent
      ? { name, state: 'none', found: 'not installed' }
      : { name, state: 'warn', found: 'fails to load', advice: why };
  }
}

/** Starts a backend and multiplies [[1 2] [3 4]] by [[5 6] [7 8]]. */
async function backend(name: BackendName): Promise<Check> {
  const label = `backend ${name}`;
  try {
    const { startBackend } = await import('../backends.ts');
    const tf = await import('@tensorflow/tfjs-core');
    const started = performance.now();
    const { trains } = await startBackend(name);
    const product = tf.tidy(() =>
      tf.matMul(
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ),
    );
    const got = [...(await product.data())].join(' ');
    product.dispose();
    const milliseconds = (performance.now() - started).toFixed(0);
    if (got === '19 22 43 50') {
      return {
        name: label,
        state: 'ok',
        found: `starts and computes in ${milliseconds} ms${trains ? ', trains' : ''}`,
      };
    }
    return {
      name: label,
      state: 'fail',
      found: `[[1 2][3 4]]·[[5 6][7 8]] is ${got}`,
      advice: 'the result is wrong (expected 19 22 43 50). Please report this.',
    };
  } catch (error) {
    const why = reasonOf(error);
    const [found = '', ...rest] = why.split('\n');
    const advice = name === 'wasm' ? 'Use --backend cpu, which is slower.' : undefined;
    return {
      name: label,
      state: 'fail',
      found: 'fails to start',
      advice: [found, ...rest, advice].filter(Boolean).join(' '),
    };
  }
}

/** Loads a model as `translate` would, and translates nothing: everything of it is read and checked. */
async function model(path: string, backend: BackendName): Promise<Check> {
  const name = packagedPairs().includes(path) ? `model ${shortName(path)}` : 'model';
  try {
    const { filesFor, openTranslator } = await import('../model.ts');
    const { readConfig } = await import('@ringformer/seq2seq');
    const { readFile } = await import('node:fs/promises');
    const engine = { backend, engine: 'auto', precision: 'auto', threads: 1 } as const;
    const translator = await openTranslator(path, { ...engine, brief: true });
    translator.dispose();
    const files = await filesFor(path, engine);
    const config = readConfig(await readFile(files.config, 'utf8'));
    const weights = await readFile(files.weights);
    const sizes = `${config.encoderLevels}+${config.decoderLevels} levels, dim ${config.dim}`;
    const size = `${(weights.length / 2 ** 20).toFixed(1)} MiB`;
    return { name, state: 'ok', found: `${sizes}, ${size}, weights in ${storedAs(weights)}` };
  } catch (error) {
    const why = reasonOf(error);
    return { name, state: 'fail', found: 'not usable', advice: why };
  }
}

/** The type of most numbers of a safetensors file. */
function storedAs(bytes: Uint8Array): string {
  const counts: Record<string, number> = {};
  for (const { dtype, data } of Object.values(readSafetensors(bytes).tensors))
    counts[dtype] = (counts[dtype] ?? 0) + data.length;
  const [most = 'no type'] = Object.keys(counts).sort((a, b) => counts[b]! - counts[a]!);
  return most === 'I8' ? 'int8' : most;
}

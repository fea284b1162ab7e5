// Which processor this is, and what it reaches: a name like "AMD EPYC" doesn't say how wide its vectors are.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCompiler } from '../packages/native/build.mjs';

/** The extensions that decide how fast products can be. */
const TELLING = [
  'avx2',
  'avx512f',
  'avx512_vnni',
  'avx_vnni',
  'avx512_bf16',
  'avx512_fp16',
  'amx_bf16',
  'asimddp',
  'bf16',
];

/** → { name, cores, node, family, model, extensions }; what the system doesn't say is absent */
export function processor() {
  const known = { name: cpus()[0].model.trim(), cores: availableParallelism(), node: process.versions.node };
  let text;
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return known;
  }
  const field = (name) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1];
  const flags = (field('flags') ?? field('Features') ?? '').split(' ');
  return {
    ...known,
    family: field('cpu family'),
    model: field('model'),
    extensions: TELLING.filter((name) => flags.includes(name)),
  };
}

/** → GFLOP/s (Gop/s) and GB/s of one core by name, or undefined without a C compiler: see peaks.c */
export async function peaks() {
  const compiler = await findCompiler();
  if (!compiler) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'ringformer-peaks-'));
  try {
    const program = join(folder, 'peaks');
    const [command, ...rest] = compiler.command;
    const source = fileURLToPath(new URL('./peaks.c', import.meta.url));
    execFileSync(command, [...rest, '-O3', '-march=native', source, '-o', program]);
    return JSON.parse(execFileSync(program, { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One line about a processor and its peaks. */
export function describe({ name, family, model, cores, node, extensions }, measured) {
  const which = family ? `family ${family}, model ${model}; ${extensions.join(', ')}` : 'its family is not known';
  const reached = Object.entries(measured ?? {}).map(([what, rate]) => `${what}: ${rate}`);
  const peak = reached.length > 0 ? ` One core reaches, in GFLOP/s, Gop/s or GB/s: ${reached.join('; ')}.` : '';
  return `${cores} core${cores > 1 ? 's' : ''} of ${name} (${which}), Node.js ${node}.${peak}`;
}

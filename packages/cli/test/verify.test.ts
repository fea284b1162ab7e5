import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { cli, scratch } from './cli.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
const MODELS = { ring: ['a', 'b', 'c'], vanilla: ['a', 'b'], universal: ['a', 'b'], owf: ['a', 'b'] };
const NAMES = Object.entries(MODELS).flatMap(([model, letters]) => letters.map((letter) => `${model}_${letter}`));

test.for(NAMES.flatMap((name) => ['cpu', 'wasm'].map((backend) => [name, backend] as const)))(
  '%s on %s equals the reference in every recorded number',
  async ([name, backend]) => {
    const { code, out, err } = await cli(['verify', fixture(name), '--backend', backend, '--json']);
    expect(err).toBe('');
    const report = JSON.parse(out);
    expect(report.findings.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ fixture: name, backend, ok: true });
    expect(code).toBe(0);
    const kinds = report.findings.map(({ kind }: { kind: string }) => kind);
    expect(kinds).toContain('encoder level 0 attention');
    expect(kinds).toContain('decoder level 0 cross-attention');
    expect(kinds).toContain(name.startsWith('ring') ? 'gradient decoder signals up' : 'gradient decoder norms');
    expect(kinds).toContain('training: 20 losses');
    expect(kinds).toContain('greedy ids that differ');
    expect(new Set(kinds).size).toBe(kinds.length);
  },
);

const VISION = Object.keys(MODELS).flatMap((model) => ['a', 'b'].map((letter) => `vision_${model}_${letter}`));

test.for(VISION.flatMap((name) => ['cpu', 'wasm'].map((backend) => [name, backend] as const)))(
  '%s on %s equals the reference in every recorded number',
  async ([name, backend]) => {
    const { code, out, err } = await cli(['verify', fixture(name), '--backend', backend, '--json']);
    expect(err).toBe('');
    const report = JSON.parse(out);
    expect(report.findings.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ fixture: name, backend, ok: true });
    expect(code).toBe(0);
    const kinds = report.findings.map(({ kind }: { kind: string }) => kind);
    const some = ['embedding', 'level 2 hidden state', 'logits', 'gradient norms', 'training: 20 losses'];
    expect(kinds).toEqual(expect.arrayContaining(some));
    expect(new Set(kinds).size).toBe(kinds.length);
  },
);

test.for([
  ['ring_a', 'wasm'],
  ['ring_b', 'wasm'],
  ['vision_ring_a', 'wasm'],
  ['ring_a', 'onnx'],
  ['vanilla_a', 'onnx'],
  ['vision_owf_a', 'onnx'],
] as const)('%s on the engine %s: what it computes equals the reference', async ([name, engine]) => {
  const { code, out, err } = await cli(['verify', fixture(name), '--engine', engine, '--threads', '1', '--json']);
  expect(err).toBe('');
  const report = JSON.parse(out);
  expect(report).toMatchObject({ fixture: name, engine, ok: true });
  expect(report).not.toHaveProperty('backend');
  expect(code).toBe(0);
  const kinds = report.findings.map(({ kind }: { kind: string }) => kind);
  expect(kinds).toEqual(name.startsWith('vision') ? ['logits'] : ['log-probabilities', 'greedy ids that differ']);
});

test('an engine that deviates is found, and one that cannot run the model is named', async () => {
  const wrong = changed('io.safetensors', nudge('logits', 3e-4));
  const { code, out } = await cli(['verify', wrong, '--engine', 'wasm']);
  expect(code).toBe(1);
  expect(out).toMatch(/^ring_c: .*, engine wasm\n/);
  expect(out).toContain('1 of 2 beyond tolerance.');
  const none = await cli(['verify', fixture('vanilla_a'), '--engine', 'wasm']);
  expect(none.code).toBe(1);
  expect(none.err).toContain("the engine wasm runs no models of architecture 'vanilla'");
});

/** ring_c with one file changed. */
function changed(file: string, change: (path: string) => void): string {
  const directory = scratch();
  for (const name of readdirSync(fixture('ring_c'))) copyFileSync(join(fixture('ring_c'), name), join(directory, name));
  change(join(directory, file));
  return directory;
}

/** Adds `amount` to one number of one tensor of a safetensors file. */
const nudge = (tensor: string, amount: number) => (path: string) => {
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  const raw = tensors[tensor] as Raw;
  const data = Float32Array.from(raw.data);
  data[3] = data[3]! + amount;
  writeFileSync(path, writeSafetensors({ tensors: { ...tensors, [tensor]: { ...raw, data } }, metadata }));
};

test.for<[string, string, (path: string) => void]>([
  ['decoder level 0 cross-attention', 'io.safetensors', nudge('dec.level.0.cross_attn', 3e-4)],
  ['logits', 'io.safetensors', nudge('logits', 3e-4)],
  ['gradient encoder norms', 'grads.safetensors', nudge('encoder.layer_norms_02.0.bias', 1e-3)],
  [
    'greedy ids that differ',
    'greedy.json',
    (path) => {
      const greedy = JSON.parse(readFileSync(path, 'utf8'));
      greedy.output[1][4] += 1;
      writeFileSync(path, JSON.stringify(greedy));
    },
  ],
  [
    'training: 20 losses',
    'train.json',
    (path) => {
      const train = JSON.parse(readFileSync(path, 'utf8'));
      train.losses[19] *= 1.001;
      writeFileSync(path, JSON.stringify(train));
    },
  ],
])('a deviation in "%s" is found, and only there', async ([kind, file, change]) => {
  const { code, out } = await cli(['verify', changed(file, change), '--json', '--backend', 'wasm']);
  expect(code).toBe(1);
  const wrong = JSON.parse(out).findings.filter(({ ok }: { ok: boolean }) => !ok);
  expect(wrong.map((one: { kind: string }) => one.kind)).toEqual([kind]);
});

test('the table fits 80 columns and ends with a verdict', async () => {
  const { out } = await cli(['verify', '--model', fixture('ring_a'), '--backend', 'cpu']);
  const lines = out.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[0]).toBe('ring_a: 3+3 levels, dim 32, backend cpu');
  expect(lines).toContain('All within tolerance.');
});

test('no tensor outlives a verification', async () => {
  await cli(['verify', fixture('ring_c'), '--backend', 'cpu']);
  const before = tf.memory().numTensors;
  await cli(['verify', fixture('ring_c'), '--backend', 'cpu']);
  expect(tf.memory().numTensors).toBe(before);
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { consumer, runThere, tryThere } from '../lib/consumer.mjs';

it('translates the same with import and with require', async () => {
  const esm = await runThere(process.execPath, ['node-esm/translate.mjs']);
  expect(esm).not.toBe('');
  expect(await runThere(process.execPath, ['node-cjs/translate.cjs'])).toBe(esm);
});

it('does not include ONNX Runtime, but says how to install it', async () => {
  const modules = join(await consumer(), 'node_modules');
  for (const name of ['onnxruntime-node', 'onnxruntime-web']) expect(existsSync(join(modules, name)), name).toBe(false);
  const program = join(modules, 'ringformer/dist/main.js');
  const { code, output } = await tryThere(process.execPath, [program, 'translate', 'Hallo', '--engine', 'onnx']);
  expect(output).toContain('onnxruntime-node is not installed');
  expect(code).toBe(1);
});

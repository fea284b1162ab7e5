import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';

test('an int8 model is smaller and read by both engines, and quantize reports how far its weights moved', async () => {
  const model = await tinyModel();
  const output = join(scratch(), 'small');
  const made = await cli(['quantize', '-m', model, '-o', output, '--json']);
  expect(made).toMatchObject({ code: 0, err: '' });
  const { bytes, error } = JSON.parse(made.out);
  expect(bytes.after).toBe(statSync(join(output, 'model.safetensors')).size);
  expect(bytes.after).toBeLessThan(bytes.before);
  expect(error.relative).toBeGreaterThan(0);
  expect(error.relative).toBeLessThan(0.02);
  for (const engine of [
    ['--engine', 'wasm'],
    ['--engine', 'tfjs'],
    ['--backend', 'cpu'],
  ]) {
    const ran = await cli(['translate', '-m', output, ...engine, '--threads', '1', '--max-length', '3', 'guten']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out.split('\n')).toHaveLength(2);
  }
});

test('nothing is overwritten, and int8 is not quantised again', async () => {
  const model = await tinyModel();
  const folder = scratch();
  const output = join(folder, 'small');
  expect((await cli(['quantize', '-m', model, '-o', folder])).err).toContain('already exists');
  expect((await cli(['quantize', '-m', model])).code).toBe(2);
  expect((await cli(['quantize', '-m', model, '-o', `${output}/`])).code).toBe(0);
  const again = await cli(['quantize', '-m', output, '--to', 'f32', '-o', join(folder, 'again')]);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('already quantised to int8') });
  expect(readdirSync(folder)).toEqual(['small']);
});

test('unavailable engines and levels are refused', async () => {
  const model = await tinyModel();
  const translate = (...flags: string[]) => cli(['translate', '-m', model, ...flags, 'guten']);
  expect((await translate('--backend', 'cpu', '--engine', 'wasm')).err).toContain('has no wasm engine');
  expect((await translate('--levels', '99')).err).toContain('Give a whole number from 1');
  expect(await translate('--levels', '1x2')).toMatchObject({ code: 2, err: expect.stringContaining('two as in 6+3') });
  expect((await translate('--threads', '9')).code).toBe(2);
  expect(existsSync(model)).toBe(true);
});

test('quantize turns the packaged model into the packaged int8 weights', async () => {
  const output = join(scratch(), 'small');
  expect(await cli(['quantize', '-o', output])).toMatchObject({ code: 0 });
  const packaged = new URL('../../model-de-en/model/model-int8.safetensors', import.meta.url);
  expect(readFileSync(join(output, 'model.safetensors')).equals(readFileSync(packaged))).toBe(true);
});

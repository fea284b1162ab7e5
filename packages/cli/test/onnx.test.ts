import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';

const ONNX = ['--engine', 'onnx', '--threads', '1', '--max-length', '5'];
const WORDS = ['guten', 'Morgen morgen gut', 'gut'];

/** The directories of an untrained model and of its graphs. */
async function exported(levels: string[] = []) {
  const model = await tinyModel();
  const graphs = join(scratch(), 'graphs');
  const { code } = await cli(['export', model, '-o', graphs, '--format', 'onnx', ...levels]);
  expect(code).toBe(0);
  return { model, graphs };
}

test.each(['1', '3'])('a model and its graphs translate the same as on TensorFlow.js, beam %s', async (beam) => {
  const { model, graphs } = await exported();
  const given = ['translate', ...WORDS, '--beam', beam, '-m'];
  const wanted = await cli([...given, model, '--backend', 'cpu', '--max-length', '5']);
  expect(wanted.code).toBe(0);
  expect(await cli([...given, model, ...ONNX])).toEqual(wanted);
  expect(await cli([...given, graphs, ...ONNX, '--providers', 'cpu'])).toEqual(wanted);
});

test('a model passes as many levels as asked for; graphs have their own', async () => {
  const { model, graphs } = await exported(['--levels', '1']);
  const given = ['translate', ...WORDS, '-m'];
  const wanted = await cli([...given, model, '--levels', '1', '--backend', 'cpu', '--max-length', '5']);
  expect(await cli([...given, model, '--levels', '1', ...ONNX])).toEqual(wanted);
  expect(await cli([...given, graphs, ...ONNX])).toEqual(wanted);
});

test('evaluate measures it; graphs have no weights to compute a loss from', async () => {
  const { model, graphs } = await exported();
  const file = join(scratch(), 'text');
  writeFileSync(file, `${WORDS.join('\n')}\n`);
  const given = ['evaluate', '-s', file, '-t', file, '--json', ...ONNX, '-m'];
  const scores = async (directory: string) => {
    const { code, out } = await cli([...given, directory]);
    expect(code).toBe(0);
    return JSON.parse(out);
  };
  const [ours, theirs] = [await scores(model), await scores(graphs)];
  expect(ours).toMatchObject({ engine: 'onnx', sentences: 3, loss: expect.any(Number) });
  expect(theirs).toMatchObject({ engine: 'onnx', bleu: ours.bleu });
  expect(theirs).not.toHaveProperty('loss');
  const { out } = await cli(['evaluate', '-s', file, '-t', file, ...ONNX, '-m', graphs]);
  expect(out).toMatch(/3 sentences in .* \(beam 4, engine onnx\)\n$/);
  expect(out).not.toContain('loss');
});

test('bad input: one clear message each', async () => {
  const { model, graphs } = await exported();
  const refused = async (argv: string[], code: number, message: RegExp) => {
    const ran = await cli(['translate', 'gut', '-m', ...argv]);
    expect(ran.err).toMatch(message);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err.trimEnd().split('\n')).toHaveLength(1);
  };
  await refused([graphs], 1, /holds ONNX graphs\. Add --engine onnx/);
  await refused([graphs, ...ONNX, '--levels', '1'], 1, /coder\.onnx passes 2 levels; got levels 1/);
  await refused(
    [model, ...ONNX, '--precision', 'int8'],
    2,
    /--precision is 'int8', but the engine onnx computes in f32/,
  );
  await refused([model, '--providers', 'cuda'], 2, /--providers only works with --engine onnx/);
  await refused([model, '--threads', '9'], 2, /--threads is '9'; expected at most 8/);
  await refused(
    [model, ...ONNX, '--providers', 'abacus,cpu'],
    1,
    /cannot run choice\.onnx on abacus: .* This build supports/,
  );
  rmSync(join(graphs, 'decoder.onnx'));
  await refused([graphs, ...ONNX], 1, /is not a model: decoder\.onnx missing\. Expected a directory with config\.json/);
});

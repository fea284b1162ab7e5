import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { cli, scratch, tinyModel } from './cli.ts';

const COMMANDS = ['translate', 'train', 'evaluate', 'verify', 'doctor'];

test('the overview names every command, each of which explains itself', async () => {
  const { code, out } = await cli(['--help']);
  expect(code).toBe(0);
  for (const command of COMMANDS) {
    expect(out).toContain(`  ${command} `);
    const help = await cli([command, '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const flag of ['--json', '--backend=<wasm|cpu|cuda|webgpu|tensorflow>']) expect(help.out).toContain(flag);
    expect(/--model=<(MODEL|DIR)>/.test(help.out)).toBe(command !== 'train');
    expect(await cli([command, 'x', '--beam', '-h'])).toEqual(help);
  }
});

test('without a command, the overview is shown and the usage is wrong', async () => {
  const { code, out, err } = await cli([]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe((await cli(['--help'])).out);
});

test('--version', async () => {
  expect((await cli(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});

test.for([
  { isTTY: true, env: {}, coloured: true },
  { isTTY: true, env: { NO_COLOR: '1' }, coloured: false },
  { isTTY: true, env: { TERM: 'dumb' }, coloured: false },
  { isTTY: false, env: {}, coloured: false },
])('colours only on a terminal that asks for them: %j', async ({ isTTY, env, coloured }) => {
  let out = '';
  const write = (chunk: Buffer, _: unknown, done: () => void) => {
    out += chunk;
    done();
  };
  const stdout = Object.assign(new Writable({ write }), { isTTY });
  const stderr = new Writable({ write });
  await run(['doctor', '--backend', 'cpu', '--model', await tinyModel()], {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env,
    signal: new AbortController().signal,
  });
  expect(out.includes('\u001b[')).toBe(coloured);
});

test('doctor reports every backend and the model', async () => {
  const { code, out } = await cli(['doctor', '--json', '--model', await tinyModel()]);
  const { ok, checks } = JSON.parse(out);
  expect({ ok, code }).toEqual({ ok: true, code: 0 });
  const found = Object.fromEntries(checks.map((check: { name: string; found: string }) => [check.name, check.found]));
  expect(found.Node).toBe(process.version);
  expect(found['wide vectors']).toMatch(/^(yes, turned on by this program|no): /);
  expect(found['backend wasm']).toMatch(/starts and computes/);
  expect(found['backend cpu']).toMatch(/starts and computes/);
  expect(found['ONNX Runtime']).toMatch(/^\d+\.\d+\.\d+, built with .*cpu/);
  expect(found.model).toMatch(/^2\+2 levels, dim 16, /);
  const missing = await cli(['doctor', '--backend', 'cpu', '--model', '/nowhere']);
  expect(missing.code).toBe(1);
  expect(missing.out).toMatch(/✗ +model +not usable/);
});

test('without --model, doctor looks at every packaged translation model', async () => {
  const { code, out } = await cli(['doctor', '--backend', 'wasm']);
  expect(code).toBe(0);
  for (const pair of ['de-en', 'en-de'])
    expect(out).toMatch(new RegExp(`✓ +model ${pair} +\\d\\+\\d levels, dim \\d+, .* weights in int8`));
});

test('doctor tells of a model that is there but does not load', async () => {
  const broken = await tinyModel(scratch());
  writeFileSync(join(broken, 'tokenizer.json'), '{"a":1}');
  const { code, out } = await cli(['doctor', '--backend', 'cpu', '--model', broken]);
  expect(code).toBe(1);
  expect(out).toMatch(/✗ +model +not usable/);
  expect(out).toContain('tokenizer.json');
});

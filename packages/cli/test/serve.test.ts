import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { cli, scratch, tinyModel } from './cli.ts';

/** Starts `ringformer serve` on a free port; `stop` is Ctrl-C. */
async function serve(argv: readonly string[], env: Record<string, string> = {}) {
  const controller = new AbortController();
  let [out, err] = ['', ''];
  let told = (_: string) => {};
  const listening = new Promise<string>((resolve) => {
    told = resolve;
  });
  const stdout = new Writable({
    write(chunk, _, done) {
      out += chunk;
      done();
    },
  });
  const stderr = new Writable({
    write(chunk, _, done) {
      err += chunk;
      const url = /http:[^" ]+/.exec(err)?.[0];
      if (url) told(url);
      done();
    },
  });
  const io = { stdin: Readable.from([]), stdout, stderr, env, signal: controller.signal };
  const ended = run(['serve', '--port', '0', '--threads', '1', ...argv], io);
  const url = await Promise.race([listening, ended.then(() => '')]);
  const stop = async () => {
    controller.abort(new Error('stopped'));
    return { code: await ended, out, err };
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { url, post, stop };
}

test('serves a model until it is stopped, logs on stdout and ends with 0', async () => {
  const { url, post, stop } = await serve(['--model', await tinyModel()]);
  const translated = await post('/translate', { text: 'guten Morgen' });
  expect([translated.status, await translated.json()]).toMatchObject([200, { text: expect.any(String) }]);
  expect((await fetch(`${url}/classify`, { method: 'POST' })).status).toBe(404);
  const { code, out, err } = await stop();
  expect(code).toBe(0);
  expect(err).toMatch(/^http:\/\/127\.0\.0\.1:\d+ serves \? → \?\. Ctrl-C stops it\.\nAnswering/);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{}, { msg: 'answered', route: '/translate', status: 200 }, { msg: 'answered', status: 404 }]);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

test('tokens come from a file and from the environment', async () => {
  const tokens = join(scratch(), 'tokens');
  writeFileSync(tokens, 'first-token\n\n  second-token\n');
  const flags = ['--model', await tinyModel(), '--token-file', tokens, '--quiet'];
  const { post, stop } = await serve(flags, { RINGFORMER_TOKEN: 'third-token' });
  const status = async (token: string) =>
    (await post('/translate', { text: 'guten Morgen' }, { authorization: `Bearer ${token}` })).status;
  const found = await Promise.all(['first-token', 'second-token', 'third-token', 'fourth-token'].map(status));
  expect(found).toEqual([200, 200, 200, 401]);
  expect(await stop()).toMatchObject({ code: 0, out: '' });
});

test('what keeps it from starting is said', async () => {
  const model = await tinyModel();
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const taken = await cli(['serve', '--model', model, '--port', String(port)]);
  expect(taken).toMatchObject({ code: 1, err: expect.stringMatching(/taken by another program.*--port/) });
  other.close();
  const nowhere = await cli(['serve', '--model', model, '--port', '0', '--host', '203.0.113.1']);
  expect(nowhere).toMatchObject({ code: 1, err: expect.stringMatching(/no address of this machine/) });
  const twice = await cli(['serve', '--model', model, '--model', model, '--port', '0']);
  expect(twice).toMatchObject({ code: 1, err: expect.stringMatching(/Two translators for/) });
  const file = join(scratch(), 'tokens');
  expect(await cli(['serve', '--token-file', file])).toMatchObject({ code: 1, err: expect.stringContaining(file) });
  writeFileSync(file, 'abc\n');
  expect(await cli(['serve', '--token-file', file])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/shorter than 8/),
  });
  expect(await cli(['serve', '--port', '70000'])).toMatchObject({ code: 2 });
});

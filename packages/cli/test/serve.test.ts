import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';

// Threads start from the built program: Node.js 20 cannot read TypeScript.
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

function ringformer(argv: readonly string[], env: Record<string, string> = {}) {
  if (!existsSync(program)) throw new Error('This test runs the built program. Build it first: npm run build');
  const child = spawn(process.execPath, [program, 'serve', '--threads', '1', ...argv], {
    env: { ...process.env, ...env },
  });
  running.add(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code, ...said };
  });
  return { child, said, ended };
}

/** Starts `ringformer serve` on a free port. */
async function serve(argv: readonly string[], env: Record<string, string> = {}) {
  const { child, said, ended } = ringformer(['--port', '0', ...argv], env);
  const found = () => /http:[^" ]+/.exec(said.err)?.[0];
  while (!found()) {
    await Promise.race([once(child.stderr as NodeJS.EventEmitter, 'data'), ended]);
    if (child.exitCode !== null) throw new Error(said.err);
  }
  const url = found() as string;
  const stop = (signal: 'SIGINT' | 'SIGTERM') => {
    child.kill(signal);
    return ended;
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
  const { code, out, err } = await stop('SIGTERM');
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

test('a document that its parser cannot finish costs only its own request', async () => {
  const { url, post, stop } = await serve([
    '--model',
    await tinyModel(),
    '--timeout',
    '20',
    '--max-text',
    '80000',
    '--quiet',
  ]);
  const document = (text: string) => post('/translate', { text, format: 'markdown' });
  expect((await document('# guten Morgen\n')).status).toBe(200);
  const endless = document('*a_ '.repeat(20_000));
  const deep = await document(`${'>'.repeat(9000)}a`);
  expect([deep.status, (await deep.json()).error.code]).toEqual([422, 'bad-text']);
  const began = performance.now();
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(1500); // the parser takes minutes
  expect((await endless).status).toBe(504);
  expect((await document('# guten Morgen\n')).status).toBe(200);
  expect(await stop('SIGTERM')).toMatchObject({ code: 0 });
});

const DOCUMENTS = {
  'a.md':
    '# Der **alte** Zug\n\nEr hält *heute* nicht in [Berlin](https://example.org "Die Stadt").\n\n- Sie hat `x` **zwei Hunde**.\n',
  'b.html':
    '<p>Ich habe <b>gestern</b> einen <i>roten <u>Apfel</u></i> gegessen.<br>Wo ist <a href="#s">der Bahnhof</a>?</p>',
  'c.srt': '\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\nIch <i>glaube</i> dir\r\n<b>heute</b> nicht.\r\n',
  'd.txt': 'Guten Morgen.\n\nIch wohne in Berlin. Wo wohnst du?\n',
} as const;

test('documents come out as from the command line, also under load and when others hang up', async () => {
  const folder = scratch();
  const sent = await Promise.all(
    Object.entries(DOCUMENTS).map(async ([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      const { code, out, err } = await cli(['translate', '--threads', '1', '--file', path]);
      expect(code, err).toBe(0);
      return { name, format: { md: 'markdown', txt: 'text' }[name.slice(2)] ?? name.slice(2), text, expected: out };
    }),
  );
  const { url, post, stop } = await serve(['--timeout', '300', '--quiet']);
  const all = () =>
    Promise.all(sent.map(async ({ text, format }) => (await post('/translate', { text, format })).json()));
  const expected = sent.map((one) => ({ text: one.expected }));
  expect(await all()).toMatchObject(expected);

  let busy = true;
  const load = Array.from({ length: 4 }, async (_, i) => {
    for (let n = 0; busy; n++)
      expect((await post('/translate', { text: `Der Zug ${i} hält um ${n} Uhr.` })).status).toBe(200);
  });
  const hangUp = async () => {
    for (const { text, format } of sent) {
      const body = JSON.stringify({ text: `${text}\n\nDas ist **nicht** das Ende.\n`, format });
      const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
      await fetch(`${url}/translate`, { ...init, signal: AbortSignal.timeout(100) }).catch(() => {});
    }
  };
  const files = async () => {
    const got: string[] = [];
    for (const { name, text } of sent) {
      const form = new FormData();
      for (const [field, value] of Object.entries({ source: 'de', target: 'en' })) form.append(field, value);
      form.append('file', new Blob([text]), name);
      const answer = await fetch(`${url}/translate_file`, { method: 'POST', body: form });
      const { translatedFileUrl } = (await answer.json()) as { translatedFileUrl: string };
      got.push(Buffer.from(await (await fetch(translatedFileUrl)).arrayBuffer()).toString());
    }
    return got;
  };
  const [translated, fetched] = await Promise.all([all(), files(), hangUp()]);
  busy = false;
  await Promise.all(load);
  expect(translated).toMatchObject(expected);
  expect(fetched).toEqual(sent.map((one) => one.expected));
  expect(await stop('SIGTERM')).toMatchObject({ code: 0 });
}, 120_000);

test('tokens come from a file and from the environment', async () => {
  const tokens = join(scratch(), 'tokens');
  writeFileSync(tokens, 'first-token\n\n  second-token\n');
  const flags = ['--model', await tinyModel(), '--token-file', tokens, '--quiet'];
  const { post, stop } = await serve(flags, { RINGFORMER_TOKEN: 'third-token' });
  const status = async (token: string) =>
    (await post('/translate', { text: 'guten Morgen' }, { authorization: `Bearer ${token}` })).status;
  const found = await Promise.all(['first-token', 'second-token', 'third-token', 'fourth-token'].map(status));
  expect(found).toEqual([200, 200, 200, 401]);
  expect(await stop('SIGINT')).toMatchObject({ code: 0, out: '' });
});

test('what keeps it from starting is said', async () => {
  const model = await tinyModel();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const start = (...flags: string[]) => ringformer(['--port', '0', '--model', model, ...flags]).ended;
  const taken = await ringformer(['--model', model, '--port', String(port)]).ended;
  expect(taken).toMatchObject({ code: 1, err: expect.stringMatching(/taken by another program.*--port/) });
  other.close();
  expect(await start('--host', '203.0.113.1')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/not an address of this machine/),
  });
  expect(await start('--host', '[2001:db8::1]')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^ringformer: 2001:db8::1 is not an address of this machine/),
  });
  expect(await start('--model', model)).toMatchObject({ code: 1, err: expect.stringMatching(/Two translators for/) });
  expect(await start('--model', join(scratch(), 'none'))).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^ringformer: There is no model at/),
  });
});

test('tokens that cannot be used are refused at once', async () => {
  const file = join(scratch(), 'tokens');
  expect(await cli(['serve', '--token-file', file])).toMatchObject({ code: 1, err: expect.stringContaining(file) });
  writeFileSync(file, 'abc\n');
  const short = await cli(['serve', '--token-file', file]);
  expect(short).toMatchObject({ code: 2, err: expect.stringMatching(/shorter than 8/) });
  writeFileSync(file, '\n');
  expect(await cli(['serve', '--token-file', file])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/no tokens/),
  });
  expect(await cli(['serve', '--port', '70000'])).toMatchObject({ code: 2 });
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Translator } from '@ringformer/seq2seq/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../src/index.ts';
import { shippedModels, wait } from './models.ts';

let models: Awaited<ReturnType<typeof shippedModels>>;
let server: Server;
/** Batches that run, and those that were stopped. */
const seen: { texts: readonly string[]; stopped: boolean }[] = [];

beforeAll(async () => {
  models = await shippedModels();
  const watched: Translator = {
    ...models.translator,
    async translateDetailed(texts, options) {
      const batch = { texts, stopped: false };
      seen.push(batch);
      options?.signal?.addEventListener('abort', () => {
        batch.stopped = true;
      });
      return models.translator.translateDetailed(texts, options);
    },
  };
  server = await startServer({ translators: [watched] }, { port: 0, log: false, batchSize: 4, maxBody: 2 ** 20 });
});
afterAll(async () => {
  await server.close();
  models.dispose();
});

const open = (): Socket => connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
const request = (body: string) =>
  `POST /translate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const LONG = 'Der alte Mann, der am Ufer des Flusses saß, erzählte den Kindern eine lange Geschichte. '.repeat(40);

const NEVER = `${LONG} Das wird nie übersetzt.`;

/** What a socket receives until the other side ends it, or for a while. */
async function received(socket: Socket, ms = 3000): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await Promise.race([once(socket, 'close'), wait(ms)]);
  return text;
}

const translated = async (text: string) =>
  (
    await fetch(`${server.url}/translate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    })
  ).json();

test('a client that hangs up: what runs for it stops, what waits for it is never computed', async () => {
  const [running, waiting] = [open(), open()];
  running.write(request(JSON.stringify({ text: LONG })));
  while (!seen.some(({ texts }) => texts.includes(LONG))) await wait(5);
  waiting.write(request(JSON.stringify({ text: NEVER })));
  await wait(50);
  waiting.destroy();
  await wait(50);
  running.destroy();
  expect(await translated('Guten Morgen.')).toMatchObject({ text: expect.stringMatching(/morning/i) });
  expect(seen.find(({ texts }) => texts.includes(LONG))?.stopped).toBe(true);
  expect(seen.flatMap(({ texts }) => texts)).not.toContain(NEVER);
});

test('a short text does not wait for a long one', async () => {
  const order: string[] = [];
  const long = translated(`${LONG} Ende.`).then(() => order.push('long'));
  while (!seen.some(({ texts }) => texts.includes(`${LONG} Ende.`))) await wait(5);
  await translated('Guten Abend.').then(() => order.push('short'));
  await long;
  expect(order).toEqual(['short', 'long']);
});

test('a stream that nobody reads any more gives its place back', async () => {
  const body = JSON.stringify({ text: LONG, stream: true });
  const sockets = Array.from({ length: 4 }, open);
  for (const socket of sockets) socket.write(request(body));
  await Promise.all(sockets.map((socket) => once(socket, 'data')));
  const fifth = open();
  fifth.write(request(body));
  expect(await received(fifth, 500)).toMatch(/^HTTP\/1\.1 429 [\s\S]*retry-after: 1/);
  for (const socket of [...sockets, fifth]) socket.destroy();
  await wait(200);
  const sixth = open();
  sixth.write(request(JSON.stringify({ text: 'Guten Morgen.', stream: true })));
  expect(await received(sixth, 2000)).toMatch(/event: done/);
  sixth.destroy();
});

test('a client that does not read: its stream gives its place back, and its connection is closed', async () => {
  const much = 'x'.repeat(2 ** 20);
  const endless = {
    ...models.translator,
    async *stream() {
      for (let i = 0; i < 100; i++) yield much;
    },
    translateDetailed: async () => [{ text: much.repeat(30), confidence: 1, sentences: [] }],
  } satisfies Translator;
  const other = await startServer({ translators: [endless] }, { port: 0, log: false, streams: 1, timeout: 0.5 });
  const connectOther = () => connect({ host: '127.0.0.1', port: Number(new URL(other.url).port) });
  const [stream, answer] = [connectOther(), connectOther()];
  for (const socket of [stream, answer]) socket.on('error', () => {}).pause();
  const began = performance.now();
  stream.write(request('{"text":"a","stream":true}'));
  answer.write(request('{"text":"a"}'));
  const metric = async (name: RegExp) => name.exec(await (await fetch(`${other.url}/metrics`)).text())?.[1];
  while ((await metric(/items_total\{task="translate",outcome="(gone)"\} 1/)) === undefined) await wait(100);
  expect(performance.now() - began).toBeGreaterThan(500);
  while (Number(await metric(/request_seconds_count\{route="\/translate",status="\d+"\} (\d)/)) < 2) await wait(100);
  stream.destroy();
  answer.destroy();
  await other.close();
}, 30_000);

test('a body that is announced as 100 MB is refused before it is read', async () => {
  const socket = open();
  socket.on('error', () => {});
  socket.write(
    'POST /translate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 104857600\r\n\r\n{',
  );
  expect(await received(socket, 1000)).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('a body in chunks is refused when it has become too large', async () => {
  const socket = open();
  socket.on('error', () => {});
  socket.write(
    'POST /translate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const chunk = `10000\r\n${'x'.repeat(2 ** 16)}\r\n`;
  for (let i = 0; i < 20; i++) socket.write(chunk);
  expect(await received(socket, 1000)).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('what is no HTTP, and half a request, harm nobody', async () => {
  const [noise, half] = [open(), open()];
  for (const socket of [noise, half]) socket.on('error', () => {});
  noise.write('\0\u0001\u0002 hello\r\n\r\n');
  half.write('POST /translate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"te');
  expect(await received(noise)).toMatch(/^HTTP\/1\.1 400 /);
  half.destroy();
  expect(await translated('Guten Morgen.')).toMatchObject({ text: expect.any(String) });
});

test('answers are never crossed: 200 different texts from 40 connections', async () => {
  const texts = Array.from({ length: 200 }, (_, i) => `{n${i}}`);
  const answers = await Promise.all(texts.map(translated));
  expect(answers.map(({ text }) => text)).toEqual(texts);
});

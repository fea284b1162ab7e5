import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { RingformerError } from '@ringformer/core/base';
import type { Translator } from '@ringformer/seq2seq/engine';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { InjectOptions } from 'fastify';
import { Translate } from 'translate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeApp, type ServeOptions, startServer } from '../src/index.ts';
import { shippedModels, wait } from './models.ts';

let models: Awaited<ReturnType<typeof shippedModels>>;
let first: string;
const trousers = readFileSync(new URL('../../../docs/public/trousers.png', import.meta.url));
const SENTENCE = 'Ich wohne in Berlin.';

beforeAll(async () => {
  models = await shippedModels();
  first = await models.translator.translate(SENTENCE);
});
afterAll(() => models.dispose());

/** An app for one test; `ask` sends JSON to it. */
function open(options: ServeOptions = {}, translator: Translator = models.translator) {
  const lines: string[] = [];
  const log = { write: (line: string) => void lines.push(line) };
  const { app, stop } = makeApp({ ...models, translators: [translator] }, { log, ...options });
  const send = async (request: InjectOptions) => {
    const { statusCode, headers, body } = await app.inject(request);
    return { status: statusCode, headers, text: body, json: () => JSON.parse(body) };
  };
  const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
    send({ method: 'POST', url, payload: payload as object, headers });
  return { get: (url: string, headers = {}) => send({ url, headers }), post, send, stop, lines };
}

/** The shipped translator, except that a marked text fails inside, or takes its time. */
function unlucky(): Translator {
  const { translator } = models;
  return {
    ...translator,
    async translateDetailed(texts, options) {
      if (texts.some((text) => text.includes('POISON'))) throw new TypeError(`cannot read ${texts[0]}`);
      if (texts.some((text) => text.includes('SLOW'))) {
        await new Promise((resolve, reject) => {
          const timer = setTimeout(resolve, 20_000);
          options?.signal?.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(options.signal?.reason);
          });
        });
      }
      return translator.translateDetailed(texts, options);
    },
  };
}

describe('POST /translate', () => {
  test('one text, several, and none', async () => {
    const { post, stop } = open();
    const one = await post('/translate', { text: SENTENCE });
    expect(one.status).toBe(200);
    expect(one.json()).toEqual({ text: first, confidence: expect.any(Number) });
    const three = await post('/translate', { text: [SENTENCE, '', '1\n\n{name}'], beams: 1, sentences: true });
    expect(three.json().translations.map(({ text }: { text: string }) => text)).toEqual([
      await models.translator.translate(SENTENCE, { beams: 1 }),
      '',
      '1\n\n{name}',
    ]);
    expect(three.json().translations[0].sentences).toHaveLength(1);
    expect((await post('/translate', { text: [] })).json()).toEqual({ translations: [] });
    await stop();
  });

  test('documents: only their texts are translated', async () => {
    const { post, stop } = open();
    const text = `# ${SENTENCE}\n\n\`${SENTENCE}\`\n`;
    const one = await post('/translate', { text, format: 'markdown' });
    expect(one.json()).toEqual({ text: `# ${first}\n\n\`${SENTENCE}\`\n` });
    const cue = `1\n00:00:01,000 --> 00:00:02,000\n${SENTENCE}\n`;
    const two = await post('/translate', { text: [cue, ''], format: 'srt' });
    expect(two.json()).toEqual({ translations: [{ text: cue.replace(SENTENCE, first) }, { text: '' }] });
    expect((await post('/translate', { text, format: 'docx' })).status).toBe(400);
    expect((await post('/translate', { text, format: 'html', alternatives: 1 })).status).toBe(400);
    await stop();
  });

  test('markup goes where the model looked; without its attention, marked words are translated by themselves', async () => {
    const [source, target] = ['Er geht schnell heim.', 'He goes home fast.'];
    const known: Record<string, string> = { [source]: target, schnell: 'quickly', 'Er geht': 'He goes' };
    const asked: unknown[] = [];
    const words = (text: string) =>
      [...text.matchAll(/\w+/g)].map(({ 0: word, index }) => ({ from: index, to: index + word.length }));
    const { align: _, ...without } = {
      ...models.translator,
      translateDetailed: async (texts: readonly string[]) =>
        texts.map((text) => ({ text: known[text.trim()] ?? text, confidence: 1, sentences: [] })),
    };
    const align: Translator['align'] = async (pairs) => {
      asked.push(...pairs);
      if (pairs.some((pair) => pair.source.includes('POISON'))) throw new TypeError('cannot look');
      const weights = new Float32Array(16);
      for (const [row, column] of [0, 1, 3, 2].entries()) weights[4 * row + column] = 1;
      return pairs.map(() => ({ source: words(source), target: words(target), weights }));
    };
    const text = 'Er geht **schnell** heim.';
    const [looks, blind] = [open({}, { ...without, align }), open({}, without)];
    const document = { text: [text, 'Er **POISON** es.', text], format: 'markdown' };
    const fast = { text: 'He goes home **fast**.' };
    expect((await looks.post('/translate', document)).json().translations).toMatchObject([
      fast,
      { text: 'Er **POISON** es.' },
      fast,
    ]);
    expect(asked).toEqual([
      { source, target },
      { source, target },
    ]);
    const mixed = { text: [text, '**POISON** es er.'], format: 'markdown' };
    known['POISON es er.'] = 'It is him.';
    expect((await looks.post('/translate', mixed)).json().translations).toMatchObject([
      fast,
      { error: { code: 'internal' } },
    ]);
    expect((await blind.post('/translate', { text, format: 'markdown' })).json()).toEqual({
      text: 'He goes **quickly** heim.',
    });
    await Promise.all([looks.stop(), blind.stop()]);
  });

  test('alternatives are the next best', async () => {
    const { post, stop } = open();
    const [best, second, third] = await models.translator.nBest(SENTENCE, { beams: 4 });
    const found = (await post('/translate', { text: SENTENCE, alternatives: 2 })).json();
    expect(found.text).toBe(best?.text);
    expect(found.alternatives.map(({ text }: { text: string }) => text)).toEqual([second?.text, third?.text]);
    await stop();
  });

  test('warnings belong to their text', async () => {
    const { post, stop } = open();
    const english = 'Where is the next station, and when does the train leave for the city?';
    const { translations } = (await post('/translate', { text: [SENTENCE, english] })).json();
    expect(translations[0].warnings).toBeUndefined();
    expect(translations[1]).toMatchObject({ text: english, warnings: [{ kind: 'language', line: 1 }] });
    await stop();
  });

  test('a stream: pieces, then the whole; the same as greedy search', async () => {
    const { post, stop } = open();
    const { status, headers, text } = await post('/translate', { text: `${SENTENCE} ${SENTENCE}`, stream: true });
    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const events = text.trim().split('\n\n');
    const pieces = events.slice(0, -1).map((event) => JSON.parse(event.replace(/^data: /, '')).piece);
    expect(pieces.length).toBeGreaterThan(2);
    const whole = await models.translator.translate(`${SENTENCE} ${SENTENCE}`, { beams: 1 });
    expect(pieces.join('')).toBe(whole);
    expect(events.at(-1)).toBe(`event: done\ndata: ${JSON.stringify({ text: whole })}`);
    await stop();
  });

  test.each([
    ['nothing', {}, 400, /Expected text/],
    ['text and q', { text: 'a', q: 'b' }, 400, /Expected text/],
    ['a number', { text: 5 }, 400, /text/],
    ['a list with a number', { text: ['a', 5] }, 400, /text/],
    ['a misspelt member', { text: 'a', beam: 4 }, 400, /"beam".*Did you mean beams/],
    ['half a beam', { text: 'a', beams: 1.5 }, 400, /beams/],
    ['more levels than there are', { text: 'a', levels: 99 }, 422, /levels is 99/],
    ['another language', { text: 'a', to: 'fr' }, 400, /translates de → en, not any language → fr/],
    ['a list as a stream', { text: ['a'], stream: true }, 400, /one text/],
    ['a stream with beams', { text: 'a', stream: true, beams: 4 }, 400, /greedy/],
    ['a long text', { text: 'a'.repeat(20_001) }, 413, /20001 characters/],
    ['many texts', { text: Array(257).fill('a') }, 413, /257 texts/],
  ])('%s is refused', async (_, body, status, message) => {
    const { post, stop } = open();
    const answer = await post('/translate', body);
    expect([answer.status, answer.json().error.message]).toEqual([status, expect.stringMatching(message)]);
    await stop();
  });

  test('malformed JSON, another type of content and no body are refused', async () => {
    const { send, stop } = open();
    const to = (payload: string | undefined, type: string) =>
      send({ method: 'POST', url: '/translate', payload, headers: { 'content-type': type } });
    expect((await to('{"text":', 'application/json')).status).toBe(400);
    expect((await to('hallo', 'text/csv')).status).toBe(415);
    expect((await to('', 'application/json')).status).toBe(400);
    expect((await to('null', 'application/json')).status).toBe(400);
    expect((await to('"x"', 'application/json')).status).toBe(400);
    expect((await to(`{"text":"${'x'.repeat(9 * 2 ** 20)}"}`, 'application/json')).status).toBe(413);
    await stop();
  });

  test('a text that fails costs no neighbour anything, in its request or in another', async () => {
    const { post, stop, lines } = open({}, unlucky());
    const [mixed, other] = await Promise.all([
      post('/translate', { text: [SENTENCE, 'POISON', SENTENCE] }),
      post('/translate', { text: SENTENCE }),
    ]);
    const failed = { error: { code: 'internal', message: expect.stringContaining('inside the server') } };
    expect(mixed.json().translations).toMatchObject([{ text: first }, failed, { text: first }]);
    expect(other.json().text).toBe(first);
    const alone = await post('/translate', { text: 'POISON' });
    expect([alone.status, alone.json()]).toEqual([500, failed]);
    expect(lines.join('')).toMatch(/"msg":"failed"/);
    await stop();
  });
});

describe("LibreTranslate's clients", () => {
  test('a client from npm', async () => {
    const server = await startServer({ translators: models.translators }, { port: 0, log: false });
    const client = Translate({ engine: 'libre', from: 'de', to: 'en', url: `${server.url}/translate` } as object);
    expect(await client(SENTENCE)).toBe(first);
    await expect(client(SENTENCE, { to: 'fr' })).rejects.toThrow('de → en, not de → fr');
    await server.close();
  });

  test('forms, lists, alternatives and languages', async () => {
    const { send, post, get, stop } = open();
    const form = await send({
      method: 'POST',
      url: '/translate',
      payload: new URLSearchParams({ q: SENTENCE, source: 'de', target: 'en', alternatives: '1' }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form.json()).toEqual({ translatedText: first, alternatives: [expect.any(String)] });
    const both = { q: [SENTENCE, SENTENCE], source: 'auto', target: 'en', format: 'text', api_key: '' };
    expect((await post('/translate', both)).json()).toEqual({
      translatedText: [first, first],
      detectedLanguage: [
        { language: 'de', confidence: 100 },
        { language: 'de', confidence: 100 },
      ],
    });
    expect((await get('/languages')).json()).toEqual([{ code: 'de', name: 'German', targets: ['en'] }]);
    const html = { q: `<p title="x_1">${SENTENCE}</p>`, source: 'de', target: 'en', format: 'html' };
    expect((await post('/translate', html)).json()).toEqual({
      translatedText: expect.stringMatching(/^<p title="[^"]*">I live in Berlin\.<\/p>$/),
    });
    expect((await post('/translate', { q: 'x' })).json()).toEqual({ error: expect.stringContaining('source') });
    await stop();
  });

  test('one that fails of several comes back as it is, and is named', async () => {
    const { post, stop } = open({}, unlucky());
    const answer = await post('/translate', { q: [SENTENCE, 'POISON'], source: 'de', target: 'en' });
    expect(answer.json()).toEqual({
      translatedText: [first, 'POISON'],
      errors: [{ index: 1, code: 'internal', message: expect.any(String) }],
    });
    await stop();
  });
});

describe('POST /classify', () => {
  test('bytes, base64 and lists; a bad image costs no neighbour anything', async () => {
    const { send, post, stop } = open();
    const bytes = (query: string) =>
      send({ method: 'POST', url: `/classify${query}`, payload: trousers, headers: { 'content-type': 'image/png' } });
    const one = await bytes('?top=2');
    expect(one.json().classes).toMatchObject([{ label: 'Trouser', index: 1 }, {}]);
    const base64 = trousers.toString('base64');
    const other = await post('/classify', { image: `data:image/png;base64,${base64}`, top: 2 });
    expect(other.json()).toEqual(one.json());
    const { results } = (await post('/classify', { images: [base64, '%%%', 'AAAA', base64], top: 1 })).json();
    expect(results).toMatchObject([
      { classes: [{ label: 'Trouser' }] },
      { error: { code: 'bad-file' } },
      { error: { code: 'bad-file' } },
      { classes: [{ label: 'Trouser' }] },
    ]);
    expect((await bytes('?top=0')).status).toBe(400);
    expect((await bytes('?levels=99')).status).toBe(422);
    expect((await post('/classify', {})).status).toBe(400);
    expect((await post('/classify', { image: base64, images: [base64] })).status).toBe(400);
    expect((await post('/classify', { image: base64, tops: 1 })).status).toBe(400);
    expect((await post('/classify', { image: 'AAAA' })).status).toBe(422);
    await stop();
  });
});

/** A PNG file of one colour: small, but not when it is decoded. */
function blankPng(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]); // 8 bits of grey
  header.writeUInt32BE(side);
  header.writeUInt32BE(side, 4);
  const rows = deflateSync(Buffer.alloc(side * (side + 1)));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

test('large images: others are answered between them, and the time limit holds', async () => {
  const { post, get, stop } = open({ timeout: 0.3, maxItems: 100 });
  const image = blankPng(1500).toString('base64');
  const many = post('/classify', { images: Array(100).fill(image) });
  await wait(50);
  expect((await get('/health')).status).toBe(200);
  expect((await many).status).toBe(504);
  const larger = await post('/classify', { images: [blankPng(4097).toString('base64')] });
  expect(larger.json().results).toMatchObject([
    { error: { code: 'too-large', message: expect.stringMatching(/4097 × 4097/) } },
  ]);
  await stop();
});

describe('running it', () => {
  test('tokens: in the header, or as api_key; health needs none', async () => {
    const { post, get, stop } = open({ tokens: ['a-long-secret', 'another-one'] });
    const body = { text: 'Hallo' };
    const none = await post('/translate', body);
    expect([none.status, none.headers['www-authenticate'], none.json().error.code]).toEqual([
      401,
      'Bearer',
      'unauthorized',
    ]);
    expect((await post('/translate', body, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post('/translate', body, { authorization: 'Bearer another-one' })).status).toBe(200);
    const libre = { q: 'Hallo', source: 'de', target: 'en' };
    expect((await post('/translate', { ...libre, api_key: 'a-long-secret' })).status).toBe(200);
    expect((await post('/translate', { ...libre, api_key: 'a-long-secre' })).status).toBe(401);
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer another-one' })).status).toBe(200);
    expect([(await get('/health')).status, (await get('/ready?x=1')).status]).toEqual([200, 200]);
    await stop();
  });

  test('too much at once: 429 with Retry-After, and what was accepted is answered', async () => {
    const { post, stop } = open({ queue: 4, batchSize: 1 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => post('/translate', { text: SENTENCE })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ headers }) => Number(headers['retry-after']) >= 1)).toBe(true);
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted.length + refused.length).toBe(12);
    expect(accepted.length).toBeGreaterThan(3);
    for (const answer of accepted) expect(answer.json().text).toBe(first);
    await stop();
  });

  test('a request that takes too long is answered with 504, and the next one is served', async () => {
    const { post, stop } = open({ timeout: 0.2 }, unlucky());
    const slow = await post('/translate', { text: 'SLOW' });
    expect([slow.status, slow.json().error.code]).toEqual([504, 'timeout']);
    expect((await post('/translate', { text: SENTENCE })).json().text).toBe(first);
    await stop();
  });

  test('stopping: accepted requests are answered, others refused; at the end of `drain` with 503', async () => {
    const server = await startServer({ translators: [unlucky()] }, { port: 0, log: false, drain: 2 });
    const post = (text: string) =>
      fetch(`${server.url}/translate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text }),
      });
    const quick = post(SENTENCE);
    await wait(30);
    const slow = post('SLOW');
    await wait(50);
    const stopped = server.close();
    expect(server.close()).toBe(stopped);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    await wait(1100);
    const late = await post(SENTENCE).then(
      ({ status }) => status,
      () => 'refused',
    );
    expect([503, 'refused']).toContain(late);
    expect(await (await quick).json()).toMatchObject({ text: first });
    const unfinished = await slow;
    expect([unfinished.status, await unfinished.json()]).toMatchObject([503, { error: { code: 'stopping' } }]);
    await stopped;
    await expect(post(SENTENCE)).rejects.toThrow();
  });

  test('the log has every request and none of its words', async () => {
    const { post, get, stop, lines } = open({}, unlucky());
    await post('/translate', { text: 'Geheimnis POISON\n    at Geheimnis (a.ts:1:2)' });
    await post('/translate', { text: 'Geheimnis', beams: 'Geheimnis' });
    await get('/translate/Geheimnis?q=Geheimnis');
    await stop();
    const entries = lines.map((line) => JSON.parse(line));
    expect(entries.filter(({ msg }) => msg === 'answered')).toMatchObject([
      { method: 'POST', route: '/translate', status: 500 },
      { status: 400 },
      { route: 'unknown', status: 404 },
    ]);
    expect(lines.join('')).not.toContain('Geheimnis');
  });

  test('metrics count what happened', async () => {
    const { post, get, stop } = open({}, unlucky());
    await post('/translate', { text: [SENTENCE, 'POISON'] });
    const { text } = await get('/metrics');
    expect(text).toMatch(/ringformer_items_total\{task="translate",outcome="ok"\} 1/);
    expect(text).toMatch(/ringformer_items_total\{task="translate",outcome="internal"\} 1/);
    expect(text).toMatch(/ringformer_request_seconds_count\{route="\/translate",status="200"\} 1/);
    expect(text).toMatch(/ringformer_queue_items\{task="translate"\} 0/);
    expect(text).toMatch(/process_cpu_seconds_total/);
    await stop();
  });

  test('the OpenAPI document is valid and names every route', async () => {
    const { get, stop } = open({ tokens: ['a-long-secret'] });
    const document = (await get('/openapi.json', { authorization: 'Bearer a-long-secret' })).json();
    expect(await new Validator().validate(document)).toEqual({ valid: true });
    expect(document.paths['/translate_file'].post.requestBody.content).toMatchObject({
      'multipart/form-data': { schema: { required: ['file', 'source', 'target'] } },
    });
    expect(Object.keys(document.paths)).toEqual([
      '/translate',
      '/languages',
      '/detect',
      '/translate_file',
      '/classify',
      '/health',
      '/ready',
    ]);
    await stop();
  });

  test('pages of other origins may ask only if they are named', async () => {
    const { get, stop } = open({ origins: ['https://example.org'] });
    const allowed = async (origin: string) => (await get('/health', { origin })).headers['access-control-allow-origin'];
    expect([await allowed('https://example.org'), await allowed('https://example.com')]).toEqual([
      'https://example.org',
      undefined,
    ]);
    await stop();
  });
});

test.each([
  ['no model', {}, {}, /Expected a translator or a classifier/],
  ['a queue of 0', undefined, { queue: 0 }, /queue is 0; expected a whole number from 1/],
  ['no time', undefined, { timeout: 0 }, /timeout is 0; expected seconds/],
  ['a short token', undefined, { tokens: ['abc'] }, /at least 8 characters/],
  [
    'an origin with a path',
    undefined,
    { origins: ['https://example.org/app'] },
    /Expected 'https:\/\/example.org', without a path/,
  ],
  ['no origin', undefined, { origins: ['example.org'] }, /"example.org" is not an origin/],
  ['an unknown option', undefined, { ports: 5 }, /ports/],
])('%s is a clear error', (_, given, options, message) => {
  const make = () => makeApp(given ?? models, options as ServeOptions);
  expect(make).toThrow(message);
  expect(make).toThrow(RingformerError);
  expect(() => makeApp({ translators: [models.translator, models.translator] })).toThrow(/Two translators for de → en/);
});

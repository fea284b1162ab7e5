import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from '../src/index.ts';
import { shippedModels, wait } from './models.ts';

// What strangers, scanners and broken clients send. Every answer has the same form, and the next request is served.

let models: Awaited<ReturnType<typeof shippedModels>>;
let server: Server;
const TOKEN = 'a-long-secret';
const PAGE = 'https://example.org';

beforeAll(async () => {
  models = await shippedModels();
  const options = { port: 0, log: false, maxBody: 2 ** 20, tokens: [TOKEN], origins: [PAGE] } as const;
  server = await startServer(models, options);
});
afterAll(async () => {
  await server.close();
  models.dispose();
});

async function ask(
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string>; token?: string | false } = {},
) {
  const { token = TOKEN, headers, ...others } = init;
  const authorization: Record<string, string> = token === false ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(server.url + path, { ...others, headers: { ...authorization, ...headers } });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) };
}
const json = { 'content-type': 'application/json' };
const post = (path: string, body: BodyInit | null, headers: Record<string, string> = json) =>
  ask(path, { method: 'POST', body, headers });
const failure = (code: string, message: RegExp) => ({ error: { code, message: expect.stringMatching(message) } });

/** What a connection receives for these bytes until the server closes it, or for a second. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(bytes);
  await Promise.race([once(socket, 'close'), wait(1000)]);
  socket.destroy();
  return text;
}

describe('bodies', () => {
  test.each([
    ['bytes that are not UTF-8', Buffer.from('{"text":"Stra\xdfe"}', 'latin1'), json, 400, /not UTF-8/],
    ['another charset', '{"text":"a"}', { 'content-type': 'application/json; charset=iso-8859-1' }, 415, /iso-8859-1/],
    ['a compressed body', gzipSync('{"text":"a"}'), { ...json, 'content-encoding': 'gzip' }, 415, /got gzip/],
    ['plain text', 'Hallo', { 'content-type': 'text/plain' }, 415, /Expected application\/json.* got text\/plain/],
    ['a text that is a number', '{"text":["a",5]}', json, 400, /^text: expected a text or a list of texts\.$/],
    ['half a beam', '{"text":"a","beams":0.5}', json, 400, /^beams must be/],
    ['a prototype', '{"text":"a","__proto__":{"a":1}}', json, 400, /JSON/],
    ['a list 100,000 deep', `{"text":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, json, 400, /^text: expected/],
    ['a language with markup', '{"text":"a","from":"de\\n<b>"}', json, 400, /not de <b> →/],
    ['an endless language', JSON.stringify({ text: 'a', from: 'x'.repeat(1e5) }), json, 400, /not x{40}… →/],
    ['an image', 'x', { 'content-type': 'image/png' }, 415, /got image\/png/],
    ['bytes', '{"text":"a"}', { 'content-type': 'application/octet-stream' }, 415, /got application\/octet-stream/],
    ['no type', '{"text":"a"}', { 'content-type': '' }, 415, /^Expected POST with Content-Type: application\/json\.$/],
    ['half a member', '{"te', json, 400, /^The body is not valid JSON\.$/],
    ['nothing', '', json, 400, /^The body is empty; expected JSON\.$/],
    ['2 MiB', 'x'.repeat(2 ** 21), json, 413, /^The body is larger than this server takes/],
    ['alternatives and sentences', '{"text":"a","alternatives":1,"sentences":true}', json, 400, /got both/],
    ['a document as a stream', '{"text":"a","format":"html","stream":true}', json, 400, /cannot be streamed/],
    ['the widest beam and one more', '{"text":"a","beams":65}', json, 400, /^beams must be <= 64/],
    ['half a form', '--x', { 'content-type': 'multipart/form-data; boundary=x' }, 400, /form is not complete/],
    ['a form without its boundary', 'abc', { 'content-type': 'multipart/form-data' }, 400, /form is not complete/],
  ])('%s', async (_, body, headers, status, message) => {
    const answer = await post('/translate', body as BodyInit, headers as Record<string, string>);
    expect([answer.status, answer.json().error.message]).toEqual([status, expect.stringMatching(message)]);
  });

  test('a byte order mark, a charset in capitals and the last of two members are read', async () => {
    const type = { 'content-type': 'application/json; charset=UTF-8' };
    expect((await post('/translate', '\ufeff{"text":"1","text":"{x}"}', type)).json().text).toBe('{x}');
  });

  test('a form that is not UTF-8', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = (q: string) => post('/translate', `q=${q}&source=de&target=en`, form);
    expect((await answer('Stra%DFe')).json()).toEqual(failure('bad-request', /^The form is not UTF-8\.$/));
    expect((await answer('%7B%EF%BF%BD%7D')).json()).toEqual({ translatedText: '{\ufffd}' });
  });

  test('an empty language is none; a coding may be written in capitals; a stream may say format text', async () => {
    const { 'content-encoding': _, ...capitals } = { ...json, 'Content-Encoding': 'IDENTITY', 'content-encoding': '' };
    expect((await post('/translate', '{"text":"{x}","from":"","to":""}', capitals)).json().text).toBe('{x}');
    const stream = await post('/translate', '{"text":"{x}","format":"text","stream":true}');
    expect(stream.text).toMatch(/event: done/);
  });

  test.each([
    ['top=2&top=3', /^top in the query: expected one value/],
    ['top=100000', /from 1 to 99999/],
    ['tops=1', /^tops in the query: expected top, levels or invert/],
    ['invert=yes', /^invert in the query: expected true or false/],
    ['invert=true&invert=false', /^invert in the query: expected one value/],
  ])('/classify?%s', async (query, message) => {
    const answer = await post(`/classify?${query}`, 'x', { 'content-type': 'image/png' });
    expect([answer.status, answer.json()]).toEqual([400, failure('bad-request', message)]);
  });

  test('no body is a clear error for images too', async () => {
    const answer = await ask('/classify', { method: 'POST' });
    expect([answer.status, answer.json()]).toEqual([415, failure('unsupported-type', /Content-Type/)]);
    expect((await post('/classify', '[]')).status).toBe(400);
  });
});

describe('methods and paths', () => {
  test('a path that exists says its methods', async () => {
    const wrong = await ask('/translate', { method: 'PUT' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect(wrong.json()).toEqual(failure('bad-method', /\/translate does not take PUT/));
    expect((await ask('/languages', { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect((await ask('/translate', { method: 'HEAD' })).status).toBe(405);
    expect((await ask('/health', { method: 'HEAD' })).status).toBe(200);
  });

  test.each(['/', '/Translate', '/translate/', '/constructor', '/%2e%2e/etc/passwd'])(
    '%s does not exist',
    async (path) => {
      const answer = await ask(path);
      expect([answer.status, answer.json().error.code]).toEqual([404, 'not-found']);
    },
  );

  test('a path that cannot be read', async () => {
    const answer = await ask('/%zz');
    expect([answer.status, answer.json().error.code]).toEqual([400, 'bad-request']);
  });
});

describe('what is not HTTP', () => {
  test.each([
    ['noise', '\0\x01\x02\r\n\r\n', 400],
    ['two lengths', 'POST /translate HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
    ],
    ['a greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['no host', 'GET /health HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_, bytes, status) => {
    const [head = '', body = ''] = (await raw(bytes)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(body)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
  });

  test('requests in one packet are answered in order', async () => {
    const request = (text: string, more = '') => {
      const body = JSON.stringify({ text });
      return `POST /translate HTTP/1.1\r\nhost: x\r\n${more}authorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    };
    const text = await raw(request('{one}') + request('{two}') + request('{three}', 'connection: close\r\n'));
    expect([...text.matchAll(/"text":"(\{\w+\})"/g)].map(([, said]) => said)).toEqual(['{one}', '{two}', '{three}']);
  });
});

describe('pages of other origins', () => {
  const origin = { origin: PAGE };

  test('a browser asks first, without the token', async () => {
    const answer = await ask('/translate', {
      method: 'OPTIONS',
      token: false,
      headers: {
        ...origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    const other = await ask('/translate', {
      method: 'OPTIONS',
      token: false,
      headers: { origin: 'https://example.com' },
    });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('they can read errors, and when to try again', async () => {
    for (const token of [false, 'wrong'] as const) {
      const body = '{"text":"a"}';
      const answer = await ask('/translate', { method: 'POST', token, body, headers: { ...json, ...origin } });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([401, PAGE]);
      expect(answer.headers.get('access-control-expose-headers')).toBe('retry-after');
    }
    const body = '{"text":"Ja.","stream":true}';
    const stream = await ask('/translate', { method: 'POST', body, headers: { ...json, ...origin } });
    expect([stream.status, stream.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
  });
});

describe('LibreTranslate', () => {
  test('/detect: the languages of the models that a text is in; its errors are texts', async () => {
    const detect = async (q: string) => (await post('/detect', JSON.stringify({ q }))).json();
    expect(await detect('Ich wohne in Berlin, und das ist nicht weit.')).toEqual([{ language: 'de', confidence: 100 }]);
    expect(await detect('Where is the station, and when does the train leave?')).toEqual([
      { language: 'en', confidence: 100 },
    ]);
    expect(await detect('Berlin')).toEqual([{ language: 'de', confidence: 0 }]);
    expect((await post('/detect', '{}')).json()).toEqual({ error: expect.stringContaining("'q'") });
    expect((await post('/detect', JSON.stringify({ q: 'a'.repeat(20_001) }))).status).toBe(413);
    const form = new URLSearchParams({ q: 'Berlin', api_key: TOKEN });
    expect((await ask('/detect', { method: 'POST', token: false, body: form })).status).toBe(200);
  });

  test('its languages need no token', async () => {
    expect((await ask('/languages', { token: false })).json()).toEqual([
      { code: 'de', name: 'German', targets: ['en'] },
    ]);
    expect((await ask('/languagesx', { token: false })).status).toBe(401);
  });

  const form = (name: string, content: string | Buffer, fields: Record<string, string> = {}) => {
    const all = new FormData();
    for (const [key, value] of Object.entries({ source: 'de', target: 'en', ...fields })) all.append(key, value);
    all.append('file', new Blob([new Uint8Array(Buffer.from(content))]), name);
    return { method: 'POST', body: all } as const;
  };

  test('/translate_file: a file, and its translation from an address that nobody can guess', async () => {
    const sent = form('Lies mich.md', '# Guten Morgen\n', { api_key: TOKEN });
    const { translatedFileUrl } = (await ask('/translate_file', { ...sent, token: false })).json();
    expect(translatedFileUrl).toMatch(new RegExp(`^${server.url}/download_file/[0-9a-f-]{36}\\.md$`));
    const file = await fetch(translatedFileUrl);
    expect(await file.text()).toBe('# Good morning\n');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="Lies_mich_en.md"');
    expect([file.headers.get('content-type'), file.headers.get('x-content-type-options')]).toEqual([
      'application/octet-stream',
      'nosniff',
    ]);
    const path = new URL(translatedFileUrl).pathname;
    expect((await ask(`${path.slice(0, -6)}aaa.md`)).status).toBe(404);
    expect((await ask('/translate_file', { ...sent, body: form('a.md', 'a').body, token: false })).status).toBe(401);
  });

  test.each(['a.md', 'a.txt'])('a byte order mark stays where it was: %s', async (name) => {
    const { translatedFileUrl } = (await ask('/translate_file', form(name, '\ufeffGuten Morgen.\r\n'))).json();
    const bytes = await (await fetch(translatedFileUrl)).arrayBuffer();
    expect(Buffer.from(bytes).toString()).toBe('\ufeffGood morning.\r\n');
  });

  test.each([
    ['a Word file', form('a.docx', 'x'), 400, /\.docx cannot be translated/],
    ['a file that is not UTF-8', form('a.txt', Buffer.from([0xff, 0xfe])), 422, /not UTF-8/],
    ['another language', form('a.txt', 'x', { target: 'fr' }), 400, /de → en, not de → fr/],
    ['a large file', form('a.txt', 'x'.repeat(2 ** 20 + 1)), 413, /large/],
    ['a long text', form('a.txt', 'x'.repeat(20_001)), 413, /20001 characters/],
    ['a form without a file', { method: 'POST', body: new URLSearchParams({ source: 'de' }) } as const, 400, /a file/],
  ])('%s is refused', async (_, sent, status, message) => {
    const answer = await ask('/translate_file', sent);
    expect([answer.status, answer.json().error]).toEqual([status, expect.stringMatching(message)]);
  });

  test('a name cannot leave its header', async () => {
    const { translatedFileUrl } = (await ask('/translate_file', form('../a"b\r\nc: d.txt', '{x}'))).json();
    const file = await fetch(translatedFileUrl);
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+\.txt"$/);
    expect(file.headers.get('c')).toBeNull();
  });
});

import { readFileSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { answerDocuments } from './answer-documents.ts';
import { type DocumentAsk, type DocumentTell, documentsInThread, type ThreadDocuments } from './documents-in-thread.ts';

// Threads with scripts of their own, since Node.js 20 cannot read one in TypeScript; the tests of `ringformer serve` run the
// real one. This one asks for a document's translation and gives it back, and misbehaves as the document says.
const SCRIPT = `import { parentPort } from 'node:worker_threads';
let count = 0;
parentPort.on('message', ({ document, translated, aligned, gaveUp, image }) => {
  if (document === 'loop') for (;;);
  if (document === 'exit') process.exit(3);
  if (document === 'throw') throw new TypeError('a bug');
  if (document === 'memory') for (const all = []; ; ) all.push(new Array(1e5).fill(all.length));
  if (document === 'refuse') return parentPort.postMessage({ failure: { name: 'RingformerError', code: 'bad-text', message: 'no' } });
  if (document === 'align') return parentPort.postMessage({ pairs: [{ source: 'a', target: 'b' }] });
  if (image) return parentPort.postMessage({ done: new Float32Array(image) });
  if (aligned) return parentPort.postMessage({ done: JSON.stringify(aligned) });
  if (document === 'count') return parentPort.postMessage({ done: String(++count) });
  if (document !== undefined) return parentPort.postMessage({ texts: [document] });
  if (gaveUp) return parentPort.postMessage({ failure: { name: 'Error', message: 'not translated' } });
  parentPort.postMessage({ warning: { message: 'odd', line: 1 } });
  parentPort.postMessage({ done: translated[0] });
});`;
const script = new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`);

let documents: ThreadDocuments;
afterEach(() => documents.end());

const never = new AbortController().signal;
const upper = async (texts: readonly string[]) => texts.map((text) => text.toUpperCase());
const read = (document: string, signal = never, translate = upper, onWarning?: (warning: object) => void) =>
  documents.translateDocument(document, { format: 'markdown', signal, ...(onWarning && { onWarning }) }, translate);

test('a document goes there and back, with its warnings', async () => {
  documents = documentsInThread(script);
  const warnings: object[] = [];
  expect(await read('hallo', never, upper, (warning) => warnings.push(warning))).toBe('HALLO');
  expect(warnings).toEqual([{ message: 'odd', line: 1 }]);
});

test('one that never ends is ended with its request; the others wait for nobody', async () => {
  documents = documentsInThread(script, { threads: 2 });
  const controller = new AbortController();
  const looping = Promise.allSettled([read('loop', controller.signal), read('loop', controller.signal)]);
  const waiting = read('after');
  const leaving = read('leaves', AbortSignal.timeout(50));
  await expect(leaving).rejects.toMatchObject({ name: 'TimeoutError' });
  controller.abort(new Error('time is over'));
  const reason = { message: 'time is over' };
  expect(await looping).toMatchObject([{ status: 'rejected', reason }, { reason }]);
  expect(await waiting).toBe('AFTER');
  await expect(read('hallo', controller.signal)).rejects.toThrow('time is over');
});

test.each([
  ['exit', /ended with code 3/],
  ['throw', /a bug/],
  ['memory', /too much memory/],
])('%s: its request fails, the next is served', async (document, message) => {
  documents = documentsInThread(script, { threads: 1, memory: 32 });
  const [failed, next] = [read(document), read('hallo')];
  await expect(failed).rejects.toThrow(message);
  expect(await next).toBe('HALLO');
});

test('a refusal, or texts that cannot be translated, cost no thread', async () => {
  documents = documentsInThread(script, { threads: 1 });
  expect(await read('count')).toBe('1');
  await expect(read('refuse')).rejects.toMatchObject({ code: 'bad-text', message: 'no' });
  const full = new Error('The queue is full.');
  await expect(read('hallo', never, () => Promise.reject(full))).rejects.toBe(full);
  expect(await read('count')).toBe('2');
});

test('alignments go there and back; one that fails costs no thread', async () => {
  documents = documentsInThread(script, { threads: 1 });
  const { translateDocument } = documents;
  const options = { format: 'markdown', signal: never } as const;
  const align = (pairs: readonly { readonly source: string; readonly target: string }[]) =>
    Promise.resolve(pairs.map(({ source }) => (source === 'a' ? { source: [], target: [], weights: [1] } : undefined)));
  expect(await translateDocument('align', { ...options, align }, upper)).toBe(
    '[{"source":[],"target":[],"weights":[1]}]',
  );
  const lost = new Error('The models are gone.');
  await expect(translateDocument('align', { ...options, align: () => Promise.reject(lost) }, upper)).rejects.toBe(lost);
  expect(await read('count')).toBe('1');
});

test('an image goes there, and its pixels come back', async () => {
  documents = documentsInThread(script, { threads: 1 });
  const options = { transform: { steps: [], normalize: 'half' }, invert: false } as const;
  expect(await documents.readImage(new Uint8Array([1, 2]), { ...options, signal: never })).toEqual(
    new Float32Array([1, 2]),
  );
  const { port1, port2 } = new MessageChannel();
  answerDocuments(port1);
  const say = async (image: Uint8Array) => {
    const answer = new Promise((resolve) => port2.once('message', resolve));
    port2.postMessage({
      image,
      transform: { steps: [{ op: 'grayscale' }], normalize: { mean: [0], std: [1] } },
      invert: true,
    });
    return (await answer) as DocumentTell;
  };
  const trousers = readFileSync(new URL('../../../docs/public/trousers.png', import.meta.url));
  const { done } = (await say(trousers)) as { done: Float32Array };
  expect([done.length, Math.max(...done) <= 1]).toEqual([28 * 28, true]);
  const header = Buffer.from(trousers.subarray(0, 40));
  header.writeUInt32BE(5000, 16);
  header.writeUInt32BE(5000, 20);
  expect(await say(header)).toMatchObject({ failure: { name: 'Refusal', statusCode: 413, code: 'too-large' } });
  expect(await say(new Uint8Array([1]))).toMatchObject({ failure: { code: 'bad-file' } });
  port1.close();
});

test('at most as many are read at a time as there are threads', async () => {
  documents = documentsInThread(script, { threads: 2 });
  let [now, most] = [0, 0];
  const slow = async (texts: readonly string[]) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now--;
    return upper(texts);
  };
  const texts = Array.from({ length: 9 }, (_, i) => `t${i}`);
  expect(await Promise.all(texts.map((text) => read(text, never, slow)))).toEqual(
    texts.map((text) => text.toUpperCase()),
  );
  expect(most).toBe(2);
  await documents.end();
  await expect(read('hallo')).rejects.toMatchObject({ code: 'lost' });
});

test('the script of the thread translates documents, one after the other', async () => {
  documents = documentsInThread(script);
  const { port1, port2 } = new MessageChannel();
  answerDocuments(port1);
  const heard: DocumentTell[] = [];
  const say = async (ask: DocumentAsk) => {
    const answer = new Promise((resolve) => port2.once('message', resolve));
    port2.postMessage(ask);
    heard.push((await answer) as DocumentTell);
  };
  const ask = { format: 'markdown', aligns: false } as const;
  await say({ ...ask, document: '# Hallo\n' });
  await say({ translated: ['Hello'] });
  await say({ ...ask, document: '>'.repeat(9000) });
  await say({ ...ask, document: 'Hallo' });
  await say({ gaveUp: true });
  expect(heard).toMatchObject([
    { texts: ['Hallo'] },
    { done: '# Hello\n' },
    { failure: { code: 'bad-text' } },
    { texts: ['Hallo'] },
    { failure: { message: 'The texts were not translated.' } },
  ]);
  port1.close();
});

test('it asks where markup belongs, or translates marked words by themselves', async () => {
  documents = documentsInThread(script);
  const { port1, port2 } = new MessageChannel();
  answerDocuments(port1);
  const say = async (ask: DocumentAsk) => {
    const answer = new Promise((resolve) => port2.once('message', resolve));
    port2.postMessage(ask);
    return (await answer) as DocumentTell;
  };
  const document = 'Er geht **schnell** heim.';
  const [source, target] = ['Er geht schnell heim.', 'He goes home fast.'];
  const start = { document, format: 'markdown' } as const;
  expect(await say({ ...start, aligns: true })).toEqual({ texts: [source] });
  expect(await say({ translated: [target] })).toEqual({ pairs: [{ source, target }] });
  const words = (text: string) =>
    [...text.matchAll(/\w+/g)].map(({ 0: word, index }) => ({ from: index, to: index + word.length }));
  const weights = new Float32Array(16);
  for (const [row, column] of [0, 1, 3, 2].entries()) weights[4 * row + column] = 1;
  const alignment = { source: words(source), target: words(target), weights };
  expect(await say({ aligned: [alignment] })).toEqual({ done: 'He goes home **fast**.' });
  expect(await say({ ...start, aligns: true })).toEqual({ texts: [source] });
  expect(await say({ translated: [target] })).toEqual({ pairs: [{ source, target }] });
  expect(await say({ gaveUp: true })).toMatchObject({ failure: { message: 'The translations were not aligned.' } });
  expect(await say({ ...start, aligns: false })).toEqual({ texts: [source] });
  expect(await say({ translated: [target] })).toEqual({ texts: ['schnell'] });
  expect(await say({ translated: ['fast'] })).toEqual({ done: 'He goes home **fast**.' });
  port1.close();
});

import { readFileSync } from 'node:fs';
import { isRingformerError } from '@ringformer/core';
import { loadTranslator, type Translator } from '@ringformer/seq2seq/engine';
import { loadClassifier } from '@ringformer/vit';
import { startEngine } from '@ringformer/wasm/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../test/faulty-server.ts';
import { startInThread } from '../test/in-thread.ts';
import { type RemoteTranslator, type RingWorker, startWorker } from './index.ts';

const fileOf = (model: string, name: string) => new URL(`../../${model}/model/${name}`, import.meta.url);
const TRANSLATION = ['model.json', 'config.json', 'model.safetensors', 'tokenizer.json'];
const TEXT = 'Wo ist der Bahnhof? Ich habe meinen Hund verloren.';

let server: Awaited<ReturnType<typeof startServer>>;
let worker: RingWorker;
let remote: RemoteTranslator;
let here: Translator;

beforeAll(async () => {
  const files = [
    ...TRANSLATION.map((name) => ['de-en', name] as const),
    ...['model.json', 'config.json', 'model.safetensors', 'transform.json'].map((name) => ['fashion', name] as const),
  ].map(([model, name]) => [`${model}/${name}`, readFileSync(fileOf(`model-${model}`, name))]);
  server = await startServer(Object.fromEntries(files));
  worker = await startInThread();
  remote = await worker.loadTranslator(server.at('de-en/model.json'), { cache: false, threads: 1 });
  const [, config, weights, tokenizer] = TRANSLATION.map((name) => fileOf('model-de-en', name)) as [URL, URL, URL, URL];
  here = await loadTranslator({ config, weights, tokenizer }, await startEngine(), { threads: 1 });
});
afterAll(() => {
  here.dispose();
  worker.terminate();
  server.close();
});

describe('a translator in a worker', () => {
  test('translates like one in this thread: beams, levels, batches, n best, pieces', async () => {
    expect(remote.config).toEqual(here.config);
    expect(remote.engine).toBe('wasm');
    for (const options of [{}, { beams: 1 }, { levels: 1 }, { beams: 2, levels: { encoder: 1, decoder: 2 } }]) {
      expect(await remote.translate(TEXT, options)).toBe(await here.translate(TEXT, options));
    }
    const progress: unknown[] = [];
    const onProgress = (sentences: { done: number; total: number }) => progress.push(sentences);
    const texts = ['Guten Morgen!', '', 'Der Hund schläft.'];
    expect(await remote.translateBatch(texts, { batchSize: 1, onProgress })).toEqual(await here.translateBatch(texts));
    expect(progress).toEqual([1, 2].map((done) => ({ done, total: 2 })));
    expect(await remote.translateDetailed(texts)).toEqual(await here.translateDetailed(texts));
    const nBest = await remote.nBest('Guten Morgen!', { beams: 3 });
    expect(nBest).toEqual(await here.nBest('Guten Morgen!', { beams: 3 }));
    expect(nBest).toHaveLength(3);
    const pieces: string[] = [];
    for await (const piece of remote.stream(TEXT)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.join('')).toBe(await here.translate(TEXT, { beams: 1 }));
  });

  test('reports bytes over all files, and the last report comes before the call resolves', async () => {
    const seen: { loaded: number; total: number }[] = [];
    const onProgress = (bytes: { loaded: number; total: number }) => seen.push(bytes);
    const loaded = await worker.loadTranslator(server.at('de-en/model.json'), { cache: false, onProgress });
    const total = TRANSLATION.slice(1).reduce((sum, name) => sum + readFileSync(fileOf('model-de-en', name)).length, 0);
    expect(seen.at(-1)).toEqual({ loaded: total, total });
    await loaded.dispose();
    await expect(loaded.translate('Hund')).rejects.toMatchObject({ code: 'bad-argument' });
  });

  test('a stream left early ends, and the next one is whole', async () => {
    for await (const piece of remote.stream(TEXT)) {
      expect(piece).not.toBe('');
      break;
    }
    const pieces: string[] = [];
    for await (const piece of remote.stream('Guten Morgen!')) pieces.push(piece);
    expect(pieces.join('')).toBe(await here.translate('Guten Morgen!', { beams: 1 }));
  });

  test("aborted, calls and streams throw the caller's own reason", async () => {
    const reason = new Error('enough');
    const texts = Array.from({ length: 400 }, (_, i) => `Der Hund ${i} schläft in dem Haus ${i}.`);
    const controller = new AbortController();
    const work = remote.translateBatch(texts, {
      batchSize: 1,
      signal: controller.signal,
      onProgress: ({ done }) => done === 3 && controller.abort(reason),
    });
    expect(await work.catch((error) => error)).toBe(reason);

    const second = new AbortController();
    let pieces = 0;
    const read = async () => {
      for await (const _ of remote.stream(texts.join(' '), { signal: second.signal })) {
        if (++pieces === 3) second.abort(reason);
      }
    };
    expect(await read().catch((error) => error)).toBe(reason);
    expect(pieces).toBeLessThan(300);
    expect(await remote.translate(TEXT, { signal: AbortSignal.abort(reason) }).catch((error) => error)).toBe(reason);
  });

  test('warnings about sentences come back, from batches and streams', async () => {
    const seen: unknown[] = [];
    const onWarning = (warning: unknown) => seen.push(warning);
    const english = 'Where is the station?';
    expect(await remote.translateBatch(['', english], { onWarning })).toEqual(['', english]);
    const pieces: string[] = [];
    for await (const piece of remote.stream(english, { onWarning })) pieces.push(piece);
    expect(pieces.join('')).toBe(english);
    expect(seen).toMatchObject([
      { kind: 'language', text: 1, line: 1 },
      { kind: 'language', text: 0, line: 1 },
    ]);
  });

  test('errors keep code and message; what a callback throws comes back as it was', async () => {
    const error = await remote.translate(TEXT, { beams: 0 }).catch((error) => error);
    expect(isRingformerError(error)).toBe(true);
    const told = await here.translate(TEXT, { beams: 0 }).catch((error) => error);
    expect([error.code, error.message]).toEqual([told.code, told.message]);
    const read = async () => {
      for await (const _ of remote.stream('x'.repeat(30_000), { strict: true }));
    };
    await expect(read()).rejects.toMatchObject({ code: 'bad-text' });
    await expect(worker.loadTranslator(server.at('none.json'), { cache: false })).rejects.toMatchObject({
      code: 'bad-file',
    });
    const lost = new TypeError('the bar is gone');
    const onProgress = () => {
      throw lost;
    };
    expect(await remote.translateBatch(['Hund'], { onProgress }).catch((error) => error)).toBe(lost);
  });
});

test('a classifier in a worker takes numbers, or images through its own transform', async () => {
  const remote = await worker.loadClassifier(server.at('fashion/model.json'), { cache: false, threads: 1 });
  const here = await loadClassifier(
    { config: fileOf('model-fashion', 'config.json'), weights: fileOf('model-fashion', 'model.safetensors') },
    await startEngine(),
    { threads: 1 },
  );
  const data = Uint8Array.from({ length: 28 * 28 }, (_, i) => (i * 7) & 255);
  const numbers = Float32Array.from(data, (x) => (x / 255 - 0.5) / 0.5);
  const expected = await here.classify(numbers, { top: 3 });
  expect(await remote.classify(numbers, { top: 3 })).toEqual(expected);
  const [found = []] = await remote.classify([{ width: 28, height: 28, channels: 1, data }], { top: 3 });
  expect(found.map(({ label }) => label)).toEqual(expected[0]?.map(({ label }) => label));
  expect(found[0]?.probability).toBeCloseTo(expected[0]?.[0]?.probability ?? 0, 4);
  await expect(remote.classify(numbers.subarray(1))).rejects.toMatchObject({ code: 'bad-shape' });
  await expect(remote.classify([])).rejects.toMatchObject({ code: 'bad-argument' });
  expect(remote.inspect).toBeUndefined();
  const open = await worker.loadClassifier(server.at('fashion/model.json'), { cache: false, engine: 'tfjs' });
  const image = { width: 28, height: 28, channels: 1 as const, data };
  const { attention, states, signals } = (await open.inspect?.(image)) ?? {};
  expect(attention?.map(({ shape }) => shape)).toEqual(Array(6).fill([6, 50, 50]));
  expect([states?.length, signals?.length]).toEqual([6, 6]);
  await expect(open.inspect?.(new Float32Array(2 * 784))).rejects.toMatchObject({ code: 'bad-shape' });
  await open.dispose();
  here.dispose();
  await remote.dispose();
});

describe('the end of a worker', () => {
  test('terminate rejects all pending calls and all later ones', async () => {
    const worker = await startInThread();
    const translator = await worker.loadTranslator(server.at('de-en/model.json'), { cache: false, threads: 1 });
    const stream = translator.stream(TEXT);
    await stream.next();
    const calls = [translator.translate(TEXT), translator.translateBatch([TEXT, TEXT]), stream.next()];
    const ends = calls.map((call) => call.catch((error) => error));
    worker.terminate();
    for (const end of await Promise.all(ends)) {
      expect(end).toMatchObject({ code: 'lost', message: expect.stringContaining('terminate() was called') });
    }
    await expect(translator.translate(TEXT)).rejects.toMatchObject({ code: 'lost' });
    expect(await worker.ended).toMatchObject({ code: 'lost' });
    worker.terminate();
  });

  test('a script that cannot be loaded says so', async () => {
    const never = Object.assign(new EventTarget(), { postMessage() {}, terminate() {} });
    const starting = startWorker(() => never);
    never.dispatchEvent(Object.assign(new Event('error'), { message: '' }));
    await expect(starting).rejects.toMatchObject({
      code: 'no-backend',
      message: expect.stringContaining('its script could not be loaded'),
    });
  });

  test('an answer that cannot be read ends the worker, because its call would wait for ever', async () => {
    const { port1, port2 } = new MessageChannel();
    const { serveWorker } = await import('./host.ts');
    serveWorker({ endpoint: port2 });
    const worker = await startWorker(() => Object.assign(port1, { terminate: () => port1.close() }));
    const call = worker.loadTranslator(server.at('de-en/model.json'), { cache: false });
    port1.dispatchEvent(new MessageEvent('messageerror'));
    await expect(call).rejects.toMatchObject({
      code: 'lost',
      message: expect.stringContaining('could not be read'),
    });
  });
});

import { describe, expect, test } from 'vitest';
import type { InferenceEngine } from './engine.ts';
import { beginLoading, chooseEngine, locateFiles, noEngine, readerOf } from './loading.ts';

const NAMES = { config: 'config.json', weights: 'model.safetensors' };
const located = (given: unknown) => {
  const { config, weights } = locateFiles('[ringformer/core] load', given, NAMES);
  return [String(config), String(weights)];
};

describe('files', () => {
  test.each<[unknown, string]>([
    ['models/de-en', 'models/de-en/'],
    ['models/de-en/', 'models/de-en/'],
    ['/models/v1.2', '/models/v1.2/'],
    ['C:\\models\\', 'C:\\models\\'],
    ['https://example.org/models', 'https://example.org/models/'],
    ['https://example.org/models/?v=2', 'https://example.org/models/'],
    [new URL('file:///models/de-en'), 'file:///models/de-en/'],
    [new URL('https://example.org/m/'), 'https://example.org/m/'],
  ])('of the folder %s', (folder, base) => {
    expect(located(folder)).toEqual([`${base}config.json`, `${base}model.safetensors`]);
  });

  test('one by one, and others beside them', () => {
    const given = { config: 'a', weights: new URL('file:///b'), transform: 3 };
    expect(locateFiles('[ringformer/core] load', given, NAMES)).toBe(given);
  });

  test.each<[unknown, string]>([
    [undefined, 'or the folder that contains config.json and model.safetensors; got undefined'],
    [['a', 'b'], 'got an array'],
    ['', 'got the text ""'],
    ['http:', "'http:' is not an address"],
    [
      { config: 'a' },
      '[ringformer/core] load: weights is undefined. Expected { config, weights }, each a path or an address',
    ],
    [{ config: 3, weights: new Uint8Array(1) }, 'config is the number 3 and weights is an Uint8Array'],
    ['models/de-en/model.safetensors', "expected the model's folder, got one file, models/de-en/model.safetensors"],
  ])('%j is refused', (given, message) => {
    const refused = expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(message) });
    expect(() => located(given)).toThrow(refused);
  });
});

test('a backend that was not awaited, or is not one', () => {
  const read = async () => new Uint8Array();
  const own = async () => new Uint8Array(1);
  const backend = { name: 'cpu', readBytes: read };
  expect(readerOf('load', backend, {})).toBe(read);
  expect(readerOf('load', backend, { readBytes: own })).toBe(own);
  expect(() => readerOf('load', Promise.resolve(backend) as never, {})).toThrow('got a promise (is an await missing?)');
  expect(() => readerOf('load', undefined as never, {})).toThrow('got undefined');
});

describe('options from plain JavaScript', () => {
  const engine: InferenceEngine = { name: 'wasm', architectures: ['ring'], weights: 'stored' };
  const begin = (
    options: object,
    backend: object = { name: 'wasm', engine, readBytes: async () => new Uint8Array() },
  ) => beginLoading('load', backend as never, options, (engine): engine is InferenceEngine => 'weights' in engine);

  test.each<[object, string]>([
    [{ thread: 1 }, "unknown option 'thread'. Did you mean 'threads'?"],
    [{ engine: 'wsam' }, "did you mean 'wasm'?"],
    [{ engine: null }, "engine is null; expected one of 'auto', 'wasm', 'onnx', 'tfjs'"],
    [{ precision: 'f16' }, "did you mean 'bf16'?"],
    [{ architecture: 'ring' }, 'architecture is the text "ring"; expected an architecture, such as `vanilla`'],
    [{ architecture: {} }, 'architecture is an object with no fields'],
    [{ architectures: null }, 'architectures is null; expected architectures by name'],
    [{ readBytes: 'x' }, 'readBytes is the text "x"; expected a function'],
    [{ signal: new AbortController() }, 'Pass its `signal`'],
  ])('%o', (options, message) => {
    const refused = expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(message) });
    expect(() => begin(options)).toThrow(refused);
  });

  test('an engine that is not one is none', () => {
    const backend = { name: 'wasm', readBytes: async () => new Uint8Array() };
    expect(begin({}).offered).toBe(engine);
    expect(begin({}, { ...backend, engine: 'wasm' }).offered).toBeUndefined();
    expect(() => begin({ engine: 'onnx' })).toThrow('has no onnx engine: use startOnnx');
    const error = (wanted: 'auto' | 'tfjs') => noEngine('load', '@ringformer/vit', backend, wanted, 'owf').message;
    expect(error('auto')).toContain("this model is 'owf', and backend 'wasm' has no engine for it. Load it with");
    expect(error('tfjs')).toContain("this loader has no engine 'tfjs'. Load it with @ringformer/vit");
  });

  test.each<[() => unknown, RegExp]>([
    [() => 'text', /readBytes gave the text "text" for config.json; expected a Uint8Array/],
    [() => new ArrayBuffer(2), /gave an ArrayBuffer/],
    [
      () => {
        throw new Error('mine'); // at once, without a promise
      },
      /mine/,
    ],
  ])('readBytes as %s', async (readBytes, message) => {
    await expect(begin({ readBytes }).readBytes('config.json')).rejects.toThrow(message);
  });
});

describe('the engine', () => {
  const wasm = { name: 'wasm', architectures: ['ring'], weights: 'stored' } as const;
  const choose = (offered: typeof wasm | undefined, wanted: 'auto' | 'wasm' | 'onnx' | 'tfjs', architecture: string) =>
    chooseEngine('load', { name: 'cpu' }, offered, wanted, architecture);

  test('that exists and supports the architecture', () => {
    expect([choose(wasm, 'auto', 'ring'), choose(wasm, 'wasm', 'ring')]).toEqual([wasm, wasm]);
    expect([choose(wasm, 'tfjs', 'ring'), choose(wasm, 'auto', 'owf'), choose(undefined, 'auto', 'ring')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('that does not', () => {
    expect(() => choose(wasm, 'wasm', 'owf')).toThrow(
      "there is no wasm engine for architecture 'owf'. It supports only 'ring'. Use engine 'tfjs'",
    );
    expect(() => choose(wasm, 'onnx', 'ring')).toThrow("the backend 'cpu' has no onnx engine: use startOnnx");
    expect(() => choose(undefined, 'wasm', 'ring')).toThrow('has no wasm engine: use startEngine');
  });
});

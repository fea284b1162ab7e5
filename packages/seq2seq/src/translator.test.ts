import { type Backend, disposeTree, RingformerError } from '@ringformer/core';
import { withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import type { WasmEngine } from '@ringformer/test-tools/wasm';
import { loadTokenizer, type Tokenizer, type TokenizerFile, trainTokenizer } from '@ringformer/text';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Seq2seq } from './architecture.ts';
import { baselines, universal, vanilla } from './baselines/index.ts';
import { initSeq2seq, saveSeq2seq } from './checkpoint.ts';
import { type Seq2seqConfig, seq2seqConfig, writeConfig } from './config.ts';
import { type LoadOptions, loadTranslator as loadOnEngine } from './load-translator.ts';
import type { AnyParams } from './params.ts';
import { createTranslator, loadTranslator } from './tensor-translator.ts';
import type { TensorTranslator, TextWarning } from './translator.ts';

const LINES = ['Wo ist der Bahnhof?', 'Der Bahnhof ist dort.', 'Ich sehe den Hund.', 'Where is the station?'];

let file: TokenizerFile;
let tokenizer: Tokenizer;
let model: Seq2seq;
let translator: TensorTranslator;

const sized = (given: Partial<Seq2seqConfig> = {}) => ({
  dim: 8,
  heads: 2,
  encoderLevels: 1,
  decoderLevels: 1,
  maxLength: 20,

  sourceVocab: tokenizer.vocabSize,
  targetVocab: tokenizer.vocabSize,
  padId: tokenizer.padId,
  bosId: tokenizer.bosId,
  eosId: tokenizer.eosId,
  ...given,
});

beforeAll(async () => {
  await startCpu();
  file = await trainTokenizer(LINES, { vocabSize: 300 });
  tokenizer = loadTokenizer(file);
  model = initSeq2seq(seq2seqConfig(sized()), 3);
  translator = createTranslator(model, tokenizer);
});

afterAll(() => translator.dispose());

const TEXTS = ['Wo ist der Hund?', 'Der Bahnhof.', 'dort', 'Ümläut 🙂.'];

describe('translate', () => {
  test('an empty text, and one of spaces, is an empty translation', () =>
    withoutLeaks(async () => {
      expect(await translator.translate('')).toBe('');
      expect(await translator.translate(' \t ')).toBe('');
    }));

  test('line breaks of every kind are preserved', () =>
    withoutLeaks(async () => {
      const [one, two] = [await translator.translate('dort'), await translator.translate('Hund')];
      expect(one).not.toBe(two);
      expect(await translator.translate('\n dort \r\n\r\nHund\n')).toBe(`\n${one}\r\n\r\n${two}\n`);
    }));

  test('a long line is translated sentence by sentence', () =>
    withoutLeaks(async () => {
      const sentences = ['Wo ist der Bahnhof?', 'Der Bahnhof ist dort.', 'Ich sehe den Hund.', 'Wo ist der Hund?'];
      const long = `${sentences.join(' ')}`;
      expect(tokenizer.encode(long).length).toBeGreaterThan(18);
      expect((await translator.translate(long)).length).toBeGreaterThan(0);
    }));

  test('with strict, a sentence that is too long is refused, saying how long it may be', () =>
    withoutLeaks(async () => {
      const work = translator.translate('kurz. '.concat('qxz'.repeat(30)), { strict: true });
      await expect(work).rejects.toMatchObject({ code: 'bad-text' });
      await expect(work).rejects.toThrow('this model reads at most 18');
    }));

  test('case text/02: otherwise it is translated in parts, with one warning that names its line; the others are not lost', () =>
    withoutLeaks(async () => {
      const warnings: TextWarning[] = [];
      const texts = ['dort', `Hund\n${'qxz'.repeat(30)}`, 'Hund'];
      const found = await translator.translateBatch(texts, { onWarning: (warning) => warnings.push(warning) });
      const alone = await translator.translateBatch(['dort', 'Hund']);
      expect(found[0]).toBe(alone[0]);
      expect(found[2]).toBe(alone[1]);
      expect(found[1]!.startsWith(`${alone[1]}\n`)).toBe(true);
      expect(found[1]!.length).toBeGreaterThan(alone[1]!.length + 1);
      expect(warnings).toEqual([
        { kind: 'long', text: 1, line: 2, message: expect.stringContaining('this model reads at most 18') },
      ]);
    }));

  test.each<object>([
    { beams: 0 },
    { beams: 1.5 },
    { beams: 1e9 },
    { beams: '4' },
    { lengthPenalty: Number.NaN },
    { lengthPenalty: -1 },
    { lengthPenalty: null },
    { noRepeat: -1 },
    { noRepeat: 2.5 },
    { raw: 'yes' },
    { maxLength: 0 },
    { maxLength: Number.NaN },
    { batchSize: -1 },
    { levels: null },
    { levels: [1, 1] },
    { levels: { encoders: 1 } },
    { signal: {} },
  ])('%j is refused', (options) =>
    withoutLeaks(async () => {
      const work = translator.translateBatch(['dort'], options);
      await expect(work).rejects.toMatchObject({ code: 'bad-argument' });
      await expect(work).rejects.toThrow(Object.keys(options)[0]!);
    }),
  );

  test('wrong arguments from plain JavaScript are named', async () => {
    const refused = async (work: Promise<unknown>, message: string) =>
      expect(work).rejects.toMatchObject({ code: 'bad-argument', message: expect.stringContaining(message) });
    await refused(translator.translate(3 as never), 'Expected a text, got the number 3');
    await refused(translator.translate(['dort'] as never), 'got an array. Use translateBatch for several texts');
    await refused(translator.translateBatch('dort' as never), 'expected an array of texts, got the text "dort"');
    await refused(translator.translateBatch(['dort', null] as never), 'Expected a text, got null');
    await refused(translator.translateBatch(new Array(1)), 'Expected a text, got undefined');
    await refused(
      translator.translate('dort', { beams: '4' } as never),
      'beams is the text "4"; expected a whole number',
    );
    await refused(translator.stream('dort', { beams: 4 } as never).next(), 'only greedy search can stream');
    for (const [texts, message] of [
      [undefined, 'expected { source, target }, two texts, got undefined'],
      [{ source: 'dort' }, 'inspect: target: expected a text, got undefined'],
    ] as const) {
      await refused(translator.inspect(texts as never), message);
    }
    await refused(translator.nBest({} as never), 'got an object with no fields');
    await refused(translator.stream(undefined as never).next(), 'Expected a text, got undefined');
    await refused(translator.translate('dort', { beam: 2 } as never), "unknown option 'beam'. Did you mean 'beams'?");
    await refused(translator.translate('dort', 2 as never), 'expected options as an object');
  });

  test('languages are those of the model', () =>
    withoutLeaks(async () => {
      const model = initSeq2seq(seq2seqConfig(sized({ from: 'de', to: 'en' })), 3);
      const named = createTranslator(model, tokenizer);
      const same = await named.translate('Wo ist der Hund?');
      expect(await named.translate('Wo ist der Hund?', { from: 'de-AT', to: 'en' })).toBe(same);
      const refused = (options: object, message: string) =>
        expect(named.translate('dort', options)).rejects.toThrow(
          expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(message) }),
        );
      await refused({ from: 'en' }, 'translates from de to en: it reads de, not en');
      await refused({ to: 'fr' }, 'it writes en, not fr');
      await refused({ from: 3 }, 'from is 3; expected a language');
      const warnings: TextWarning[] = [];
      const text = 'Where is the station? Wo ist der Hund?';
      const found = await named.translate(text, { onWarning: (warning) => warnings.push(warning) });
      expect(found).toBe(`Where is the station? ${same}`);
      expect(warnings).toMatchObject([{ kind: 'language', text: 0, line: 1 }]);
      named.dispose();
      expect(() => seq2seqConfig(sized({ from: 'German' }))).toThrow('from is the text "German"; expected a language');
    }));

  test('no translation has more tokens than asked for', () =>
    withoutLeaks(async () => {
      for (const beams of [1, 2]) {
        const found = await translator.translate('Wo ist der Hund?', { maxLength: 3, beams });
        expect(tokenizer.encode(found).length).toBeLessThanOrEqual(6); // re-encoding may split what was decoded
      }
    }));
});

describe('translateBatch', () => {
  test.each([1, 2])('keeps order and empty texts, %i beams, whatever the batches', (beams) =>
    withoutLeaks(async () => {
      const texts = [...TEXTS, '', TEXTS[0]!, '  '];
      const alone: string[] = [];
      for (const text of texts) alone.push(await translator.translate(text, { beams }));
      expect(new Set(alone.slice(0, 3)).size).toBeGreaterThan(1);
      for (const batchSize of [2, 32]) {
        expect(await translator.translateBatch(texts, { beams, batchSize })).toEqual(alone);
      }
    }),
  );

  test('reports progress', async () => {
    const seen: object[] = [];
    await translator.translateBatch([...TEXTS, ''], { beams: 1, batchSize: 3, onProgress: (now) => seen.push(now) });
    expect(seen).toEqual([
      { done: 3, total: 4 },
      { done: 4, total: 4 },
    ]);
  });
});

test('nBest returns as many as beams, best first, and the first is the translation', () =>
  withoutLeaks(async () => {
    const found = await translator.nBest('Wo ist der Hund?', { beams: 3 });
    expect(found.length).toBe(3);
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
    expect(found[0]!.text).toBe(await translator.translate('Wo ist der Hund?', { beams: 3 }));
    expect(await translator.nBest('  ')).toEqual([]);
    const both = await translator.nBest('Wo ist der Hund?\nDer Hof. 20:15', { beams: 2 });
    expect(both.length).toBe(2);
    expect(both[0]!.text).toBe(await translator.translate('Wo ist der Hund?\nDer Hof. 20:15', { beams: 2 }));
    expect(both[0]!.score).toBeGreaterThanOrEqual(both[1]!.score);
  }));

describe('case text/20: the same text has the same score, whatever the width of the beam', () => {
  const scoreOf = async (beams: number, lengthPenalty: number) =>
    (await translator.nBest('Wo ist der Hund?', { beams, lengthPenalty, maxLength: 3 }))[0]!;

  test.each([0, 1, 3])('length penalty %d', (lengthPenalty) =>
    withoutLeaks(async () => {
      const [one, two] = [await scoreOf(1, lengthPenalty), await scoreOf(8, lengthPenalty)];
      const same = (await translator.nBest('Wo ist der Hund?', { beams: 8, lengthPenalty, maxLength: 3 })).find(
        ({ text }) => text === one.text,
      );
      expect(same?.score).toBeCloseTo(one.score, 4);
      expect(same?.confidence).toBeCloseTo(one.confidence, 4);
      expect(two.score).toBeGreaterThanOrEqual(one.score - 1e-4);
    }),
  );

  test('with one beam, too, the length penalty counts', async () => {
    const [plain, penalised] = [await scoreOf(1, 0), await scoreOf(1, 1)];
    expect(penalised.text).toBe(plain.text);
    expect(penalised.score).toBeCloseTo(plain.score / (8 / 6), 4); // three tokens: (5 + 3) / 6
    expect(plain.confidence).toBeCloseTo(Math.exp(plain.score / 3), 4);
  });
});

describe('translateDetailed', () => {
  test.each([1, 3])('gives the texts of translateBatch, and a confidence for each sentence, %i beams', (beams) =>
    withoutLeaks(async () => {
      const texts = ['Wo ist der Bahnhof?\nDer Hund ist dort.', '', 'Ich sehe den Hund.'];
      const found = await translator.translateDetailed(texts, { beams });
      expect(found.map(({ text }) => text)).toEqual(await translator.translateBatch(texts, { beams }));
      expect(found.map(({ sentences }) => sentences.map(({ source }) => source))).toEqual([
        ['Wo ist der Bahnhof?', 'Der Hund ist dort.'],
        [],
        ['Ich sehe den Hund.'],
      ]);
      expect(found[1]).toEqual({ text: '', confidence: 1, sentences: [] });
      for (const { confidence, sentences } of found) {
        expect(confidence).toBeGreaterThan(0);
        expect(confidence).toBeLessThanOrEqual(1);
        for (const sentence of sentences) expect(sentence.confidence).toBeLessThan(1);
      }
      const [whole] = found;
      const each = whole!.sentences.map(({ confidence }) => confidence);
      expect(whole!.confidence).toBeGreaterThanOrEqual(Math.min(...each));
      expect(whole!.confidence).toBeLessThanOrEqual(Math.max(...each));
      const [best] = await translator.nBest('Ich sehe den Hund.', { beams });
      expect(found[2]!.confidence).toBeCloseTo(best!.confidence, 5);
    }),
  );
});

describe('the brake', () => {
  test('off and raw, the translation is what plain search finds; on, no three tokens occur twice', () =>
    withoutLeaks(async () => {
      const off = await translator.translate('Wo ist der Hund?', { beams: 1, noRepeat: 0, raw: true });
      const on = await translator.translate('Wo ist der Hund?', { beams: 1, noRepeat: 2, raw: true });
      expect(on).not.toBe(off); // an untrained model says the same again and again
      const streamed: string[] = [];
      for await (const piece of translator.stream('Wo ist der Hund?', { noRepeat: 2, raw: true })) streamed.push(piece);
      expect(streamed.join('')).toBe(on);
    }));
});

test('case text/06: of a word that the model makes babble of, the word comes back; nBest still shows the babble', () =>
  withoutLeaks(async () => {
    for (const beams of [1, 2]) {
      expect(await translator.translateBatch(['dort', 'Hund!', 'Hund dort'], { beams })).toEqual([
        'dort',
        'Hund!',
        await translator.translate('Hund dort', { beams, raw: true }),
      ]);
      expect(await translator.translate('dort', { beams, raw: true })).not.toBe('dort');
      expect((await translator.nBest('dort', { beams }))[0]!.text).not.toBe('dort');
    }
    const pieces: string[] = [];
    for await (const piece of translator.stream('dort')) pieces.push(piece);
    expect(pieces.join('')).toBe('dort');
  }));

describe('stream', () => {
  const collect = async (stream: AsyncIterable<string>) => {
    const pieces: string[] = [];
    for await (const piece of stream) pieces.push(piece);
    return pieces;
  };

  test('pieces put together are the greedy translation; none is empty', () =>
    withoutLeaks(async () => {
      for (const text of [
        ...TEXTS,
        '',
        'dort\n\nHund',
        `${LINES[0]} ${LINES[1]} ${LINES[2]}`,
        'WO IST {x}?',
        'WO IST ER?',
      ]) {
        const pieces = await collect(translator.stream(text));
        expect(pieces.join('')).toBe(await translator.translate(text, { beams: 1 }));
        expect(pieces).not.toContain('');
      }
    }));

  test('a character that is cut at the limit ends as translate ends it', () =>
    withoutLeaks(async () => {
      const found: string[] = [];
      for (let maxLength = 10; maxLength < 19; maxLength++) {
        const options = { maxLength, beams: 1, noRepeat: 0, raw: true }; // babble, as it comes
        found.push(await translator.translate('Hund', options));
        expect((await collect(translator.stream('Hund', options))).join('')).toBe(found.at(-1));
      }
      expect(found.some((text) => text.endsWith('\uFFFD'))).toBe(true); // some of them are cut
    }));

  test('left early, it stops and leaks nothing', () =>
    withoutLeaks(async () => {
      for await (const piece of translator.stream('Wo ist der Hund?')) {
        expect(piece).not.toBe('');
        break;
      }
    }));

  test('aborted in the middle, it throws the reason and leaks nothing', () =>
    withoutLeaks(async () => {
      const controller = new AbortController();
      const read = async () => {
        for await (const _ of translator.stream('dort\nHund\nBahnhof', { signal: controller.signal })) {
          controller.abort(new Error('enough'));
        }
      };
      await expect(read()).rejects.toThrow('enough');
    }));

  test('refuses what translate refuses', () =>
    withoutLeaks(async () => {
      await expect(collect(translator.stream('q'.repeat(99), { strict: true }))).rejects.toMatchObject({
        code: 'bad-text',
      });
      await expect(collect(translator.stream('dort', { maxLength: 0 }))).rejects.toMatchObject({
        code: 'bad-argument',
      });
    }));
});

describe('AbortSignal', () => {
  test.each([1, 2])('aborted beforehand, nothing starts, %i beams', (beams) =>
    withoutLeaks(async () => {
      const signal = AbortSignal.abort();
      await expect(translator.translate('dort', { beams, signal })).rejects.toMatchObject({ name: 'AbortError' });
    }),
  );

  test('aborted beforehand, not even the source is read', async () => {
    const model = initSeq2seq(translator.config, 1);
    const gone = createTranslator(model, tokenizer);
    gone.dispose();
    await expect(gone.translate('dort', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test.each([1, 4])('aborted within one search, %i beams', (beams) =>
    withoutLeaks(async () => {
      const controller = new AbortController();
      setImmediate(() => controller.abort(new Error('enough')));
      const work = translator.translateBatch([...TEXTS, ...TEXTS], { beams, signal: controller.signal });
      await expect(work).rejects.toThrow('enough');
    }),
  );

  test.each([1, 2])('aborted between batches, %i beams', (beams) =>
    withoutLeaks(async () => {
      const controller = new AbortController();
      const work = translator.translateBatch(TEXTS, {
        beams,
        batchSize: 1,
        signal: controller.signal,
        onProgress: () => controller.abort(new Error('enough')),
      });
      await expect(work).rejects.toThrow('enough');
    }),
  );
});

describe('a translator from files', () => {
  const backendOf = (files: Record<string, Uint8Array | string>): Backend => ({
    name: 'cpu',
    trains: false,
    readBytes: async (from) => {
      const found = files[String(from)];
      if (found === undefined) throw new RingformerError('bad-file', `${from} is missing.`);
      return typeof found === 'string' ? new TextEncoder().encode(found) : found;
    },
  });
  const NAMES = { config: 'c', weights: 'w', tokenizer: 't' };

  test('translates as the one that was saved, and dispose frees everything', () =>
    withoutLeaks(async () => {
      const files = { c: writeConfig(model.config), w: await saveSeq2seq(model), t: JSON.stringify(file) };
      const loaded = await loadTranslator(NAMES, backendOf(files));
      expect(await loaded.translateBatch(TEXTS, { beams: 2 })).toEqual(
        await translator.translateBatch(TEXTS, { beams: 2 }),
      );
      loaded.dispose();
      loaded.dispose();
      await expect(loaded.translate('dort')).rejects.toThrow('This model was disposed. Load it again.');
    }));

  test('a folder, a custom reader, and wrong arguments', () =>
    withoutLeaks(async () => {
      const files = {
        'm/config.json': writeConfig(model.config),
        'm/model.safetensors': await saveSeq2seq(model),
        'm/tokenizer.json': JSON.stringify(file),
      };
      const { readBytes, ...rest } = backendOf(files);
      const elsewhere = { ...rest, readBytes: () => Promise.reject(new Error('not asked')) };
      const loaded = await loadTranslator('m', elsewhere, { readBytes, engine: 'tfjs' });
      expect(await loaded.translate('dort')).toBe(await translator.translate('dort'));
      expect(Object.keys(await loaded.inspect({ source: 'dort', target: 'dort' }))).toContain('cross');
      loaded.dispose();
      const refused = async (work: Promise<unknown>, message: string) =>
        expect(work).rejects.toMatchObject({ code: 'bad-argument', message: expect.stringContaining(message) });
      const backend = backendOf(files);
      await refused(
        loadTranslator({ config: 'c', weights: 'w' } as never, backend),
        'tokenizer is undefined. Expected',
      );
      await refused(loadTranslator('m', Promise.resolve(backend) as never), 'is an await missing?');
      await refused(loadTranslator('m', backend, { thread: 2 } as never), "Did you mean 'threads'?");
      await expect(loadTranslator('none', backend)).rejects.toMatchObject({ code: 'bad-file' });
      const other = backendOf({ 'm/config.json': '{"format":"ringformer-vit/1"}' });
      await expect(loadTranslator('m', other)).rejects.toThrow('Is this a RingFormer translation model?'); // no tokenizer
    }));

  test('files that do not belong together are refused', () =>
    withoutLeaks(async () => {
      const files = { c: writeConfig(model.config), w: await saveSeq2seq(model), t: JSON.stringify(file) };
      const config = (given: Partial<Seq2seqConfig>) => writeConfig({ ...model.config, ...given });
      const refused = async (changed: Partial<typeof files>, error: object) =>
        expect(loadTranslator(NAMES, backendOf({ ...files, ...changed }))).rejects.toMatchObject(error);
      await refused(
        { c: config({ padId: 5 }) },
        { code: 'bad-config', message: expect.stringContaining('padId is 0') },
      );
      await refused({ c: config({ sourceVocab: 9 }) }, { message: expect.stringContaining('the model has 9') });
      await refused({ c: config({ dim: 16 }) }, { code: 'bad-checkpoint' });
      await refused({ c: '{' }, { code: 'bad-config' });
      await refused({ t: '{}' }, { code: 'bad-file' });
      await refused({ w: files.w.slice(0, 100) }, { code: 'bad-checkpoint' });
      await expect(loadTranslator({ ...NAMES, weights: 'x' }, backendOf(files))).rejects.toMatchObject({
        code: 'bad-file',
      });
    }));

  describe('of a baseline', () => {
    const baseline = async () => {
      const config = seq2seqConfig(sized({ architecture: 'vanilla', encoderLevels: 2 }));
      const model = initSeq2seq<AnyParams>(config, 3, vanilla);
      const files = { c: writeConfig(config), w: await saveSeq2seq(model), t: JSON.stringify(file) };
      return { model, backend: { ...backendOf(files), engine: ENGINE } };
    };
    const ENGINE: WasmEngine = {
      name: 'wasm',
      architectures: ['ring'],
      weights: 'stored',
      seq2seq: () => Promise.reject(new Error('the wasm engine must not be asked')),
      vision: () => Promise.reject(new Error('the wasm engine must not be asked')),
    };

    test("'auto' uses TensorFlow.js and the architecture that config.json names", () =>
      withoutLeaks(async () => {
        const { model, backend } = await baseline();
        const loaded = await loadTranslator(NAMES, backend, { architectures: baselines });
        expect(loaded.engine).toBe('tfjs');
        const made = createTranslator(model, tokenizer);
        for (const beams of [1, 3]) {
          expect(await loaded.translateBatch(TEXTS, { beams })).toEqual(await made.translateBatch(TEXTS, { beams }));
        }
        for (const translator of [loaded, made]) translator.dispose();
      }));

    test('is refused without its architecture, with another, or on the wasm engine', () =>
      withoutLeaks(async () => {
        const { model, backend } = await baseline();
        disposeTree(model.params);
        const refused = async (options: LoadOptions, code: string, message: string) => {
          const error = { code, message: expect.stringContaining(message) };
          await expect(loadTranslator(NAMES, backend, options)).rejects.toMatchObject(error);
        };
        await refused({}, 'bad-config', "Give the architecture 'vanilla': see @ringformer/seq2seq/baselines");
        await refused({ architecture: universal }, 'bad-config', "the architecture given is 'universal'");
        await refused(
          { architecture: vanilla, engine: 'wasm' },
          'no-backend',
          "no wasm engine for architecture 'vanilla'",
        );
        await expect(loadOnEngine(NAMES, backend)).rejects.toMatchObject({ code: 'no-backend' });
      }));
  });

  test('rows of the table beyond the vocabulary are never offered', async () => {
    const model = initSeq2seq(seq2seqConfig(sized({ targetVocab: tokenizer.vocabSize + 50 })), 3);
    const wide = createTranslator(model, tokenizer);
    for (const beams of [1, 2]) await wide.translateBatch(TEXTS, { beams }); // decoding such an id would throw
    disposeTree(model.params);
  });
});

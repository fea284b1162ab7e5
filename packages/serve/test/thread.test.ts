import { MessageChannel } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Models, modelsInThread } from '../src/index.ts';
import { modelsBehind } from '../src/models-in-thread.ts';
import { answerModels } from '../src/thread.ts';
import { shippedModels } from './models.ts';

// Both sides in this thread, over a MessageChannel: Node.js 20 cannot read a thread's script in TypeScript. The tests of
// `ringformer serve` run real threads.

let here: Awaited<ReturnType<typeof shippedModels>>;
let there: Models;
const { port1, port2 } = new MessageChannel();
const TEXT = 'Ich wohne in Berlin. Wo wohnst du?';

beforeAll(async () => {
  here = await shippedModels();
  answerModels(Promise.resolve(here), port1);
  there = await modelsBehind(port2, new Promise(() => {}));
});
afterAll(() => {
  port1.close();
  here.dispose();
});

const remote = () => there.translators?.[0] as NonNullable<Models['translators']>[number];

test('models in a thread answer as they do here: texts, n best, pieces, images', async () => {
  expect(remote().config).toEqual(here.translator.config);
  const options = { beams: 2, batchSize: 8 };
  expect(await remote().translateDetailed([TEXT, ''], options)).toEqual(
    await here.translator.translateDetailed([TEXT, ''], options),
  );
  expect(await remote().nBest(TEXT, { beams: 3 })).toEqual(await here.translator.nBest(TEXT, { beams: 3 }));
  const pairs = [
    { source: TEXT, target: 'I live in Berlin.' },
    { source: '', target: 'a' },
  ];
  const aligned = await remote().align?.(pairs, { batchSize: 8 });
  expect(aligned).toEqual(await here.translator.align?.(pairs));
  expect([aligned?.[0]?.weights.constructor, aligned?.[1]]).toEqual([Float32Array, undefined]);
  const [pieces, own]: [string[], string[]] = [[], []];
  for await (const piece of remote().stream(TEXT)) pieces.push(piece);
  for await (const piece of here.translator.stream(TEXT)) own.push(piece);
  expect(pieces).toEqual(own);
  const pixels = Float32Array.from({ length: 2 * 784 }, (_, i) => Math.sin(i));
  expect(await there.classifier?.classifier.classify(pixels, { top: 2 })).toEqual(
    await here.classifier.classifier.classify(pixels, { top: 2 }),
  );
  expect(there.classifier?.transform).toEqual(here.classifier.transform);
});

test('warnings and errors arrive with their codes', async () => {
  const warnings: unknown[] = [];
  const english = 'Where is the next station, and when does the train leave for the city?';
  await remote().translateDetailed(['Ja.', english], { onWarning: (warning) => warnings.push(warning) });
  expect(warnings).toMatchObject([{ kind: 'language', text: 1, line: 1 }]);
  await expect(remote().translateDetailed(['a'], { beams: 0 })).rejects.toMatchObject({
    name: 'RingformerError',
    code: 'bad-argument',
    message: expect.stringContaining('beams is 0'),
  });
  await expect(remote().stream('a', { levels: 99 }).next()).rejects.toMatchObject({ code: 'bad-argument' });
});

test('an aborted call ends here with its reason, and there too; a stream that is left stops', async () => {
  const long = `${TEXT} `.repeat(60);
  const controller = new AbortController();
  const reason = new Error('enough');
  const call = remote().translateDetailed([long], { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 30);
  await expect(call).rejects.toBe(reason);
  await expect(remote().nBest('a', { signal: controller.signal })).rejects.toBe(reason);
  for await (const piece of remote().stream(long)) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  const from = performance.now();
  await remote().translateDetailed(['Ja.']);
  expect(performance.now() - from).toBeLessThan(10_000); // nothing of the long text is in the way
});

test('a model that cannot align has no align there either', async () => {
  const { port1, port2 } = new MessageChannel();
  const { align: _, ...without } = here.translator;
  answerModels(Promise.resolve({ translators: [without] }), port1);
  const { translators } = await modelsBehind(port2, new Promise(() => {}));
  expect(translators?.map(({ align }) => align)).toEqual([undefined]);
  port1.close();
});

test('models that cannot be loaded: their error', async () => {
  const { port1, port2 } = new MessageChannel();
  answerModels(Promise.reject(new TypeError('no such model')), port1);
  await expect(modelsBehind(port2, new Promise(() => {}))).rejects.toMatchObject({
    name: 'TypeError',
    message: 'no such model',
  });
  port1.close();
});

test('a thread that dies takes its calls with it, and says so', async () => {
  const { port1, port2 } = new MessageChannel();
  let die = (_: Error) => {};
  const ended = new Promise<Error>((resolve) => {
    die = resolve;
  });
  answerModels(Promise.resolve(here), port1);
  const { translators } = await modelsBehind(port2, ended);
  port1.close(); // no answer comes any more
  const call = translators?.[0]?.translateDetailed(['Ja.']);
  die(new Error('gone'));
  await expect(call).rejects.toThrow('gone');
  await expect(translators?.[0]?.nBest('Ja.')).rejects.toThrow('gone');
});

const script = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

test.each([
  ['a script that throws', 'throw new Error("no weights")', /gone: no weights/],
  ['one that ends', 'process.exit(3)', /ended with code 3/],
])('%s', async (_, code, message) => {
  await expect(modelsInThread(script(code))).rejects.toMatchObject({
    code: 'lost',
    message: expect.stringMatching(message),
  });
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beginTraining, disposeState, type TrainTask, type Tree, train, updateOptions } from '@ringformer/core';
import { readRecording } from '@ringformer/core/parity';
import { loadSeq2seq } from '@ringformer/seq2seq';
import { recordedConfig as recordedTexts } from '@ringformer/seq2seq/parity';
import { loadVit } from '@ringformer/vit';
import { recordedConfig as recordedImages } from '@ringformer/vit/parity';
import { imageLoss } from '@ringformer/vit/train';
import { expect, test } from 'vitest';
import { architectureNamed, vitArchitectureNamed } from '../src/architecture.ts';
import { startBackend } from '../src/backends.ts';
import { inUpdates } from '../src/train/prepare-run.ts';
import { expandPresets } from '../src/train/presets.ts';
import { overridden, readSettings } from '../src/train/settings.ts';
import { SHIPPED } from '../src/train/shipped.ts';
import { cutting } from '../src/train/translation/data.ts';
import { TRANSLATION } from '../src/train/translation/index.ts';
import { sentenceLoss } from '../src/train/translation/task.ts';
import { VISION } from '../src/train/vision/index.ts';
import { cli, scratch } from './cli.ts';
import { stripes } from './stripes.ts';

const fixtures = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** The settings that these are, with `--recipe paper` before them, as a run would read them. */
async function paper(subject: typeof TRANSLATION | typeof VISION, given: Record<string, unknown>) {
  const { presets, settings } = subject;
  const paths = { source: 'a', target: 'a', validSource: 'a', validTarget: 'a' };
  const expanded = await expandPresets(presets, settings, { recipe: 'paper', ...given }, String(given.architecture));
  return subject === VISION
    ? readSettings(VISION, expanded, { data: 'a' })
    : readSettings(TRANSLATION, expanded, paths);
}

/** The fixtures' learning rate is constant. */
const CONSTANT = { schedule: 'stable', lr: 1e-3, warmup: 0, cooldown: 0, accumulate: 1, steps: 20 };

async function losses<P extends Tree, Batch>(
  task: TrainTask<P, Batch>,
  params: P,
  settings: Awaited<ReturnType<typeof paper>>,
) {
  const found: { loss: number; norm: number }[] = [];
  const { state } = await train(task, beginTraining(params).state, {
    ...updateOptions(settings),
    steps: settings.steps,
    onStep: (report) => found.push(report),
  });
  disposeState(state);
  return found;
}

const close = (found: readonly number[], expected: readonly number[]) =>
  found.forEach((value, i) => {
    expect(Math.abs(value / expected[i]! - 1), `update ${i}`).toBeLessThan(5e-4);
  });

const FIXTURES = ['ring', 'vanilla', 'universal', 'owf'].flatMap((model) => [`${model}_a`, `${model}_b`]);

test.for(FIXTURES)('--recipe paper trains as the reference does: 20 updates of %s', async (name) => {
  await startBackend('wasm');
  const recording = readRecording((file) => readFileSync(join(fixtures(name), file)));
  const { settings: theirs, weights, training, io } = recording;
  const config = recordedTexts(theirs);
  const architecture = await architectureNamed(config.architecture);
  const settings = await paper(TRANSLATION, { architecture: config.architecture, ...CONSTANT });
  const [source, target] = [io.src!, io.trg!];
  const [rows = 0, sourceLength = 0] = source.shape;
  const [, targetLength = 0] = target.shape;
  const ids = { source: Int32Array.from(source.data), target: Int32Array.from(target.data) };
  const tokens = ids.target.filter((id, i) => id !== config.padId && i % targetLength > 0).length;
  const batch = { ...ids, sourceLength, targetLength, rows, tokens };
  const loss = sentenceLoss({ config, architecture }, settings);
  const { params } = loadSeq2seq(config, weights, architecture);
  const task = { loss, count: () => tokens, read: () => ({ batch, next: { epoch: 0, batch: 0 } }) };
  const found = await losses(
    { ...task, loss: (params: Parameters<typeof loss>[0]) => loss(params, batch) },
    params,
    settings,
  );
  close(
    found.map(({ loss }) => loss),
    training.losses,
  );
  close(
    found.slice(0, 10).map(({ norm }) => norm),
    training.grad_norms,
  );
});

test.for(FIXTURES)('--recipe paper trains as the reference does: 20 updates of vision_%s', async (name) => {
  await startBackend('wasm');
  const recording = readRecording((file) => readFileSync(join(fixtures(`vision_${name}`), file)));
  const { settings: theirs, weights, training, io } = recording;
  const config = recordedImages(theirs);
  const architecture = await vitArchitectureNamed(config.architecture);
  // the fixtures have no weight decay
  const settings = await paper(VISION, { architecture: config.architecture, ...CONSTANT, l2: 0 });
  const shape = io.images!.shape as [number, number, number, number];
  const batch = { images: io.images!.data as Float32Array, shape, labels: Int32Array.from(io.labels!.data) };
  const loss = imageLoss({ config, architecture }, settings);
  const { params } = loadVit(config, weights, architecture);
  const next = { epoch: 0, batch: 0 };
  const task = { count: () => shape[0], read: () => ({ batch, next }) };
  const found = await losses(
    { ...task, loss: (params: Parameters<typeof loss>[0]) => loss(params, batch, 0) },
    params,
    settings,
  );
  close(
    found.map(({ loss }) => loss),
    training.losses,
  );
});

test("the recipe's schedule is the reference's recorded one", async () => {
  const { base_lr, warmup, total, cosine } = json(join(fixtures('analysis'), 'analysis.json')).lr_schedules;
  const settings = await paper(TRANSLATION, { lr: base_lr, warmup, steps: total });
  const { schedule } = updateOptions(settings);
  cosine.forEach((expected: number, i: number) => {
    expect(schedule(i)).toBeCloseTo(expected, 15);
  });
  const theirs = await paper(TRANSLATION, {});
  expect(theirs).toMatchObject({ lr: 7e-4, warmup: 8500, steps: 85_000, epsilon: 1e-8, beta2: 0.999, seed: 999 });
  expect(theirs).toMatchObject({ smoothing: 0, clipNorm: 1, maxLength: 50, tooLong: 'cut', tie: 'none', l2: 0 });
  expect(theirs.accumulate * (theirs as { batchSentences: number }).batchSentences).toBe(1024);
});

test('of images: L2, 4,096 an update, and passes over the data; the Universal Transformer has its own', async () => {
  const ring = await paper(VISION, {});
  expect(ring).toMatchObject({ l2: 0.1, weightDecay: 0, lr: 1e-3, batchSize: 256, accumulate: 16, seed: 42 });
  expect(inUpdates(ring, 160)).toMatchObject({ steps: 500, warmup: 30, evaluateEvery: 10 });
  expect(await paper(VISION, { architecture: 'universal' })).toMatchObject({ l2: 0, lr: 5e-4, warmupEpochs: 5 });
  expect(await paper(VISION, { recipe: 'paper-cifar' })).toMatchObject({ recipe: 'cifar' });
  expect(await paper(VISION, { recipe: 'paper-imagenet', warmup: 7, steps: 9, lr: 1 })).toMatchObject({
    ...{ recipe: 'imagenet', warmup: 7, warmupEpochs: 0, steps: 9, epochs: 0, lr: 1 },
  });
});

test('what counts the same thing in updates and in epochs replaces it, and nothing else', () => {
  expect(overridden({ steps: 1, warmupEpochs: 2, evaluateEvery: 3, lr: 4 }, { epochs: 5, warmup: 6 })).toEqual({
    evaluateEvery: 3,
    lr: 4,
  });
});

test('pairs are cut at the longest length, the ends that frame them counted', () => {
  const cut = cutting(5);
  expect(cut({ source: [1, 2, 3, 4], target: Uint16Array.of(7, 8) })).toEqual({
    source: [1, 2, 3],
    target: Uint16Array.of(7, 8),
  });
});

/** Text to learn and to evaluate by, with one pair that is long. */
function texts(): string[] {
  const folder = scratch();
  const lines = Array.from({ length: 24 }, (_, i) => 'a b c '.repeat((i % 4) + 1).trim());
  const write = (name: string, of: readonly string[]) => {
    writeFileSync(join(folder, name), `${of.join('\n')}\n`);
    return join(folder, name);
  };
  const long = 'a b c '.repeat(60).trim();
  const [train, valid] = [write('train', [...lines, long]), write('valid', [...lines.slice(0, 4), long])];
  return ['--source', train, '--target', train, '--valid-source', valid, '--valid-target', valid];
}

test("an experiment's settings by name, with flags that override them; nothing is left out", async () => {
  const run = join(scratch(), 'run');
  const small = ['--size', 'small', '--dim', '16', '--mlp-dim', '16', '--heads', '2', '--rank', '2', '--vocab', '280'];
  const levels = ['--encoder-levels', '1', '--decoder-levels', '1'];
  const course = ['--steps', '2', '--accumulate', '1', '--evaluate-sentences', '0', '--warmup', '1'];
  const argv = ['train', '-o', run, '--settings', 'wmt14', ...texts(), ...small, ...levels, ...course];
  const { code, err } = await cli(argv);
  expect(code, err).toBe(0);
  expect(err).toMatch(/25 pairs \(0 of the first epoch too long\), 1 batches per epoch/);
  const stored = json(join(run, 'run.json'));
  expect(stored).toMatchObject({ dim: 16, vocab: 280, from: 'de', to: 'en', schedule: 'cosine', steps: 2, warmup: 1 });
  expect(stored).toMatchObject({ evaluateEpochs: 1, evaluateEvery: 1, tooLong: 'cut', signalInit: 'reference' });
  expect(stored).not.toHaveProperty('size');
  const again = await cli(argv);
  expect(again, again.err).toMatchObject({ code: 0, err: expect.stringContaining('resumed at update 2') });
  const other = await cli([...argv, '--settings', 'cifar10'].filter((_, i) => i !== 3 && i !== 4));
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining('are for vision: use ringformer train vision') });
});

test('wrong names', async () => {
  const start = (...more: string[]) => cli(['train', '-o', join(scratch(), 'run'), ...texts(), ...more]);
  expect((await start('--settings', 'wmt15')).err).toContain('expected a JSON file, or one of iwslt14, wmt14');
  expect((await start('--settings', './wmt14.json')).err).toContain('Cannot read settings from ./wmt14.json');
  const file = join(scratch(), 'own.json');
  writeFileSync(file, '{"size":"B_16"}');
  expect((await start('--settings', file)).err).toContain("--size is 'B_16'; expected one of small, base, big");
  expect((await start('--size', 'B_16')).code).toBe(2);
  expect((await start('--warmup', '3', '--warmup-epochs', '1')).err).toContain('either --warmup or --warmup-epochs');
});

test('--size and --recipe paper of images; what is done to them depends on the files', async () => {
  const folder = scratch();
  const data = stripes(join(folder, 'data'), 24);
  const run = join(folder, 'run');
  const sizes = ['--dim', '16', '--heads', '2', '--mlp-dim', '16', '--levels', '1', '--rank', '2', '--ffn-rank', '2'];
  const small = ['--batch-size', '8', '--accumulate', '1', '--image-size', '8', '--patch-size', '4'];
  const argv = ['train', 'vision', '-o', run, '--data', data, '--size', 'S_32', '--recipe', 'paper'];
  const { code, err } = await cli([...argv, ...sizes, ...small, '--epochs', '2', '--architecture', 'universal']);
  expect(code, err).toBe(0);
  const stored = json(join(run, 'run.json'));
  expect(stored).toMatchObject({ recipe: 'cifar', dim: 16, levelTable: 'learnable', lr: 5e-4, l2: 0, warmupEpochs: 5 });
  expect(stored).toMatchObject({ steps: 4, warmup: 10, evaluateEvery: 2 });
  expect(json(join(run, 'model/config.json'))).toMatchObject({ architecture: 'universal', levelTable: 'learnable' });
  // the size is that of the run's architecture, so nothing has changed
  const again = await cli([...argv, ...sizes, ...small, '--epochs', '2']);
  expect(again, again.err).toMatchObject({ code: 0 });
});

test('all sizes and architectures cost what the reference says, by settings too', async () => {
  for (const row of json(join(fixtures('.'), 'params.json'))) {
    const { task, model, size, hidden, bias, vocab, trainable } = row;
    if (bias === 1) continue;
    const name = task === 'vision' ? size : { 256: 'small', 512: 'base', 1024: 'big' }[hidden as 256];
    if (name === undefined) continue;
    const settings = task === 'vision' ? 'imagenet' : 'wmt14';
    const flags = ['--size', name, '--architecture', model, ...(vocab ? ['--vocab', String(vocab)] : []), '--json'];
    const both = [await cli(['cost', ...flags]), await cli(['cost', '--settings', settings, ...flags])];
    for (const { out, err } of both)
      expect(JSON.parse(out || '{}').parameters?.total, `${name} ${err}`).toBe(trainable);
  }
});

test('the cost of an experiment, of a file and of a run', async () => {
  const wmt = await cli(['cost', '--settings', 'wmt14']);
  expect(wmt.out).toContain('wmt14, ring, 6+6 levels, d 512, vocabulary 50000');
  expect(wmt.out).toMatch(/ {2}total +85,793,616\n/);
  const tiny = JSON.parse((await cli(['cost', '--settings', 'tiny-imagenet', '--json'])).out);
  expect(tiny.parameters.total).toBe(9_480_448 - 800 * 729);
  const file = join(scratch(), 'own.json');
  writeFileSync(file, JSON.stringify({ size: 'S_16', patchSize: 32 }));
  const { out } = await cli(['cost', '--settings', file, '--classes', '10']);
  expect(out).toContain('images of 224 × 224 in patches of 32');
  writeFileSync(file, '{"dim": "wide"}');
  expect((await cli(['cost', '--settings', file])).err).toContain("--dim is 'wide'; expected a number");
});

test('every file of settings that is shipped is used', () => {
  const names = Object.values(SHIPPED).flatMap(Object.keys).sort();
  const files = readdirSync(fileURLToPath(new URL('../settings', import.meta.url)));
  expect(files.map((file) => file.replace('.json', '')).sort()).toEqual(names);
});

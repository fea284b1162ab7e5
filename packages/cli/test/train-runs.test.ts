import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packIds } from '../src/train/translation/data.ts';
import { cli, type Ran, scratch } from './cli.ts';

const WORDS = { rot: 'red', blau: 'blue', hund: 'dog', katze: 'cat', haus: 'house', ist: 'is', das: 'the' };
const SIZES = { vocab: 280, dim: 16, mlpDim: 16, heads: 2, encoderLevels: 1, decoderLevels: 1, rank: 2, maxLength: 48 };
const COURSE = { batchTokens: 256, accumulate: 1, steps: 6, warmup: 1, cooldown: 0, lr: 3e-3, average: 1 };
const EVERY = { evaluateEvery: 4, checkpointEvery: 2, evaluateSentences: 4 };
const LONG = 'hund katze haus '.repeat(30).trim();

/** A folder with text to learn from and to evaluate by, and settings. */
function prepare(folder = scratch()) {
  const german = Object.keys(WORDS);
  const lines = Array.from({ length: 40 }, (_, i) => [i, 3 * i + 1, 5 * i + 2].map((at) => german[at % 7] as string));
  const english = lines.map((line) => line.map((word) => WORDS[word as keyof typeof WORDS]).join(' '));
  const write = (name: string, texts: readonly string[]) => writeFileSync(join(folder, name), `${texts.join('\n')}\n`);
  const source = lines.map((line) => line.join(' '));
  write('tr.de', source);
  write('tr.en', english);
  write('va.de', source.slice(0, 5));
  write('va.en', english.slice(0, 5));
  writeFileSync(join(folder, 'small.json'), JSON.stringify({ ...SIZES, ...COURSE, ...EVERY }));
  const at = (...names: string[]) => join(folder, ...names);
  const texts = [
    ...['--source', at('tr.de'), '--target', at('tr.en')],
    ...['--valid-source', at('va.de'), '--valid-target', at('va.en')],
  ];
  const argv = (run: string, ...more: string[]) => {
    // A flag that is given again replaces the one above.
    const base = texts.filter((_, i) => !more.includes(texts[i - (i % 2)] as string));
    return ['train', '-o', at(run), '--settings', at('small.json'), ...base, ...more];
  };
  const resume = (run: string, ...more: string[]) => cli(['train', '-o', at(run), ...more]);
  return { folder, at, write, resume, texts, argv, train: (run: string, ...more: string[]) => cli(argv(run, ...more)) };
}

const ok = ({ code, err }: Ran): string => {
  expect(code, err).toBe(0);
  return err;
};
const refused = ({ code, err }: Ran, message: string | RegExp): void => {
  expect(code).toBe(1);
  expect(err).toMatch(message);
  expect(err).not.toContain('Unexpected');
};
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const log = (run: string): Record<string, unknown>[] =>
  readFileSync(join(run, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const weights = (run: string) => readFileSync(join(run, 'model/model.safetensors')).toString('base64');
const FINISHED = [
  ...['checkpoint-best.safetensors', 'checkpoint.safetensors', 'events', 'log.jsonl', 'loss.svg', 'model'],
  ...['places.json', 'run.json', 'snapshots'],
];

test('case text/03: evaluation pairs that are too long are left out and counted, before the first update', async () => {
  const { at, train } = prepare();
  appendFileSync(at('va.de'), `${LONG}\nhund\n`);
  appendFileSync(at('va.en'), `dog\n${LONG}\n`);
  const said = ok(await train('run'));
  expect(said.split('\n')[0]).toContain('2 of 7 evaluation pairs too long');
  expect(log(at('run'))[0]).toMatchObject({ step: 0, data: { validPairs: 5, tooLong: { train: 0, valid: 2 } } });
  expect(readdirSync(at('run')).sort()).toEqual(FINISHED);
});

test('case text/03: no sentence needs to be translated for a score', async () => {
  const { at, train } = prepare();
  const ran = await train('run', '--evaluate-sentences', '0', '--json');
  expect(ok(ran)).not.toContain('BLEU');
  expect(JSON.parse(ran.out)).toMatchObject({ step: 6, score: null });
  expect(log(at('run')).filter(({ validLoss }) => validLoss !== undefined)).toHaveLength(2);
});

test('case text/17: no evaluation pair fits', async () => {
  const { at, train, write } = prepare();
  write(
    'va.en',
    Array.from({ length: 5 }, () => LONG),
  );
  refused(await train('run'), /All 5 pairs of the evaluation text are too long: the shortest needs \d+ tokens/);
  expect(existsSync(at('run'))).toBe(false);
});

test('case text/15: no training pair fits', async () => {
  const { at, train } = prepare();
  refused(
    await train('run', '--max-length', '4'),
    /pairs of the .* text are too long: the shortest needs \d+ tokens, and --max-length is 4/,
  );
  expect(existsSync(at('run'))).toBe(false);
});

test.for([
  ['--lr', '0.001'],
  ['--lr', '0.001', '--warmup', '30000'],
  ['--clip-norm', '1', '--lr', '0.002'],
])('case text/09: after training diverged, its advice can be followed: %j', async (flags) => {
  const { at, train, resume } = prepare();
  const first = await train('run', '--lr', '1e15', '--warmup', '20000', '--clip-norm', '0', '--checkpoint-every', '1');
  refused(first, /Training diverged at update 1: .* so the run will start again\. Resume with .* --lr 0\.0005/s);
  expect(existsSync(at('run/model/model.safetensors'))).toBe(true);
  expect(ok(await resume('run', ...flags))).toContain('lr is 0.00');
  expect(log(at('run')).find(({ changed }) => changed === 'lr')).toMatchObject({ step: 0, from: 1e15 });
});

test('case text/09: a run that was good until its last checkpoint goes on from there, or from its best evaluation', async () => {
  const { at, train, resume } = prepare();
  ok(await train('run'));
  const good = weights(at('run'));
  const more = ['--steps', '40', '--clip-norm', '0', '--evaluate-every', '100', '--checkpoint-every', '1'];
  const ran = await resume('run', ...more, '--lr', '1e18');
  refused(ran, /What came after update 6, the best evaluation, is given up\. Resume/);
  expect(weights(at('run'))).toBe(good);
  expect(existsSync(at('run/checkpoint-diverged.safetensors'))).toBe(true);
  expect(ok(await resume('run', '--lr', '0.001', '--steps', '12'))).toContain('resumed at update 6');
});

test('case text/09: a loss that becomes NaN during training stops the run; model and checkpoint stay whole, with workers too', async () => {
  const { at, train, resume } = prepare();
  ok(await train('run'));
  const good = weights(at('run'));
  for (const workers of ['1', '2']) {
    const wild = ['--steps', '40', '--clip-norm', '0', '--evaluate-every', '100', '--checkpoint-every', '100'];
    const ran = await resume('run', ...wild, '--lr', '1e30', '--workers', workers);
    refused(
      ran,
      /Training diverged at update 7: loss NaN, .*The last checkpoint, of update 6, is good\. Resume with a lower rate/s,
    );
    expect(weights(at('run'))).toBe(good);
    expect(readdirSync(at('run')).filter((name) => /lock|tmp/.test(name))).toEqual([]);
    expect(log(at('run')).at(-1)).toMatchObject({ step: 7, loss: expect.any(Number) });
    expect((await cli(['translate', '-m', at('run'), '--max-length', '3', 'das haus'])).code).toBe(0);
  }
  expect(ok(await resume('run', '--lr', '0.001', '--steps', '8'))).toContain('resumed at update 6');
});

test('case text/10: a run that was moved goes on, with its text, without it, and with its text named again', async () => {
  const { folder, train } = prepare();
  ok(await train('whole', '--steps', '8'));
  ok(await train('run'));
  const inside = join(scratch(), 'b');
  cpSync(folder, inside, { recursive: true });
  const moved = prepare(inside);
  const alone = join(scratch(), 'elsewhere');
  cpSync(join(folder, 'run'), alone, { recursive: true });
  renameSync(join(folder, 'tr.de'), join(folder, 'gone.de'));

  ok(await moved.resume('run', '--steps', '8'));
  expect(weights(moved.at('run'))).toBe(weights(join(folder, 'whole')));
  expect(json(moved.at('run/run.json'))).toMatchObject({ source: '../tr.de', validTarget: '../va.en' });

  const lost = await cli(['train', '-o', alone, '--steps', '8']);
  refused(lost, /tr\.de cannot be read/);
  ok(await cli(['train', '-o', alone, '--steps', '8', '--source', join(folder, 'gone.de')]));
  expect(weights(alone)).toBe(weights(join(folder, 'whole')));
  renameSync(join(folder, 'gone.de'), join(folder, 'tr.de'));
  ok(await moved.train('run', '--steps', '8'));
});

test('case text/10: only the run was moved', async () => {
  const { at, train } = prepare();
  ok(await train('run'));
  const alone = join(scratch(), 'deep', 'er', 'run');
  cpSync(at('run'), alone, { recursive: true });
  ok(await cli(['train', '-o', alone, '--steps', '8']));
  expect(readFileSync(join(alone, 'run.json'), 'utf8')).not.toContain('"/');
});

test('a run of an earlier version, with absolute paths, resumes to the same bits', async () => {
  const { at, train, resume } = prepare();
  ok(await train('whole', '--steps', '9'));
  ok(await train('run', '--steps', '5', '--checkpoint-every', '5'));
  const { format, facts, epochs, optimizer, ...settings } = json(at('run/run.json'));
  const paths = ['source', 'target', 'validSource', 'validTarget'];
  for (const name of paths) settings[name] = join(at('run'), settings[name]);
  writeFileSync(at('run/run.json'), JSON.stringify(settings));
  for (const name of ['checkpoint-best.safetensors', 'places.json', 'model/model.safetensors'])
    renameSync(at('run', name), at('gone'));
  expect(format).toBe('ringformer-run/2');
  expect(facts.train.pairs).toBe(40);
  expect([epochs, optimizer]).toEqual([0, 'adam']);
  refused(await resume('run', '--dim', '32'), 'holds a run with dim 16, not 32');
  refused(await resume('run', '--optimizer', 'muon'), 'holds a run with optimizer adam, not muon');
  ok(await resume('run', '--steps', '9', '--evaluate-every', '4', '--checkpoint-every', '2'));
  const model = (run: string) => readFileSync(at(run, 'checkpoint.safetensors')).subarray(-2000).toString('base64');
  expect(model('run')).toBe(model('whole'));
  expect(json(at('run/run.json'))).toMatchObject({ format: 'ringformer-run/2', source: '../tr.de' });
});

test('a run with Muon resumes to the same bits', async () => {
  const { at, train, resume } = prepare();
  const muon = ['--optimizer', 'muon', '--accumulate', '2'];
  ok(await train('whole', ...muon, '--steps', '6'));
  ok(await train('run', ...muon, '--steps', '3'));
  ok(await resume('run', '--steps', '6'));
  const model = (run: string) => readFileSync(at(run, 'checkpoint.safetensors')).subarray(-2000).toString('base64');
  expect(model('run')).toBe(model('whole'));
  ok(await train('adam', '--accumulate', '2', '--steps', '6'));
  expect(model('adam')).not.toBe(model('whole'));
});

test('case text/16: text that has changed is refused by name, whatever the change; the folder stays as it was', async () => {
  const { at, train, resume, write } = prepare();
  ok(await train('run'));
  const before = weights(at('run'));
  const lines = readFileSync(at('tr.de'), 'utf8').trim().split('\n');
  const english = readFileSync(at('tr.en'), 'utf8').trim().split('\n');
  write('tr.de', ['katze', ...lines.slice(1)]);
  refused(await resume('run', '--steps', '9'), /tr\.de and .*tr\.en have other lines than when the run/);
  write('tr.de', lines.slice(0, 10));
  write('tr.en', english.slice(0, 10));
  refused(await resume('run', '--steps', '9'), /have 10 pairs; the run in .* began with 40/);
  write('tr.de', lines);
  writeFileSync(at('tr.en'), english.join('\r\n')); // the same text
  write('va.de', lines.slice(5, 10));
  refused(await resume('run', '--steps', '9'), /evaluations can't be compared.*--valid-source/);
  expect(weights(at('run'))).toBe(before);
  const said = ok(await resume('run', '--steps', '9', '--valid-source', at('va.de')));
  expect(said).toContain('earlier evaluations no longer count');
});

test('case text/19: a failed start leaves nothing, and holds no one to its settings', async () => {
  const { at, train, write } = prepare();
  const before = readdirSync(at());
  write('short.en', readFileSync(at('tr.en'), 'utf8').trim().split('\n').slice(1));
  const start = (...more: string[]) => train('runs/run', ...more);
  refused(await start('--target', at('short.en')), 'has 40 lines and');
  refused(await start('--vocab', '100'), '100');
  refused(await start('--batch-tokens', '10'), 'maxTokens');
  expect(readdirSync(at()).sort()).toEqual([...before, 'short.en'].sort());
  ok(await start('--vocab', '270'));
});

test('case text/19: what a killed start has left is begun again, with other settings too', async () => {
  const { at, train, resume } = prepare();
  ok(await train('whole'));
  ok(await train('run', '--vocab', '270'));
  for (const name of ['checkpoint.safetensors', 'checkpoint-best.safetensors']) renameSync(at('run', name), at(name));
  ok(await resume('run', '--vocab', '280'));
  expect(weights(at('run'))).toBe(weights(at('whole')));
  expect(readFileSync(at('run/model/tokenizer.json'))).toEqual(readFileSync(at('whole/model/tokenizer.json')));
});

test('case text/13: ids of large vocabularies are kept whole', () => {
  expect([...Array.from(packIds({ vocabSize: 72_000 })([65_535, 65_536, 71_999]))]).toEqual([65_535, 65_536, 71_999]);
  expect(packIds({ vocabSize: 65_536 })([65_535])).toEqual(Uint16Array.of(65_535));
});

test('settings say how many epochs instead of updates', async () => {
  const { at, train, resume, texts } = prepare();
  const { out, err } = await train('run', '--epochs', '2', '--json');
  const batches = Number(/(\d+) batches per epoch/.exec(err)?.[1]);
  expect(JSON.parse(out).step).toBe(2 * batches);
  expect(json(at('run/run.json'))).toMatchObject({ epochs: 2, steps: 2 * batches });
  const more = await resume('run', '--steps', String(2 * batches + 1), '--json');
  expect(JSON.parse(more.out).step).toBe(2 * batches + 1);
  expect(json(at('run/run.json'))).toMatchObject({ epochs: 0 });
  refused(await train('two', '--epochs', '2', '--steps', '3'), 'either --steps or --epochs');
  writeFileSync(at('epochs.json'), JSON.stringify({ ...SIZES, epochs: 1, batchTokens: 256, accumulate: 2 }));
  const half = await cli(['train', '-o', at('half'), '--settings', at('epochs.json'), ...texts, '--json']);
  expect(JSON.parse(half.out).step).toBe(Math.ceil(batches / 2));
});

test("another run takes the settings of one, whose paths are relative to that run's folder", async () => {
  const { folder, at, train } = prepare();
  ok(await train('run'));
  mkdirSync(join(folder, 'far'));
  ok(await cli(['train', '-o', at('far/two'), '--settings', at('run/run.json')]));
  expect(weights(at('far/two'))).toBe(weights(at('run')));
});

test('case text/12: a stop keeps the newest weights as the model and says how to go on; the result stays the same', async () => {
  const { at, train, argv } = prepare();
  const course = ['--steps', '9', '--checkpoint-every', '100'];
  ok(await train('whole', ...course));
  for (const last of [1, 3, 4]) {
    const run = `stopped-${last}`;
    const stop = new AbortController();
    const path = at(run, 'log.jsonl');
    const watch = setInterval(() => {
      if (existsSync(path) && log(at(run)).some(({ step, loss }) => loss !== undefined && step === last)) stop.abort();
    }, 1);
    const ran = await cli(argv(run, ...course), { signal: stop.signal }).finally(() => clearInterval(watch));
    expect(ran.code, ran.err).toBe(130);
    const [, step] =
      /Stopped at update (\d) of 9; .* holds these weights\. Resume with: ringformer train --output/.exec(ran.err) ??
      [];
    expect(Number(step)).toBeGreaterThanOrEqual(last);
    expect(readdirSync(at(run))).not.toContain('lock.json');
    expect((await cli(['translate', '-m', at(run), '--max-length', '3', 'hund'])).code).toBe(0);
    ok(await train(run, ...course));
    expect(weights(at(run))).toBe(weights(at('whole')));
  }
});

test('a checkpoint that cannot be read is named, and so is the one that can', async () => {
  const { at, train } = prepare();
  ok(await train('run'));
  const before = weights(at('run'));
  writeFileSync(at('run/checkpoint.safetensors'), readFileSync(at('run/checkpoint.safetensors')).subarray(0, -9));
  refused(
    await train('run', '--steps', '20'),
    /Cannot resume from .*checkpoint\.safetensors: .*checkpoint-best\.safetensors is/,
  );
  expect(weights(at('run'))).toBe(before);
});

test('what is missing or damaged in a run is named, with the remedy', async () => {
  const { at, train, resume } = prepare();
  ok(await train('run'));
  const broken = async (name: string, content: string, message: RegExp) => {
    cpSync(at('run'), at('copy'), { recursive: true });
    if (content === '') rmSync(at('copy', name));
    else writeFileSync(at('copy', name), content);
    refused(await resume('copy', '--steps', '8'), message);
    rmSync(at('copy'), { recursive: true });
  };
  await broken('model/tokenizer.json', '', /tokenizer\.json cannot be read: there is no such file.*restore it/);
  await broken('model/tokenizer.json', '{', /tokenizer\.json cannot be read: The tokenizer file is not JSON/);
  const [snapshot = ''] = readdirSync(at('run/snapshots'));
  const keep = ['--average', '2', '--evaluate-every', '100'];
  cpSync(at('run'), at('copy'), { recursive: true });
  writeFileSync(at('copy/snapshots', snapshot), 'x');
  const ran = await resume('copy', '--steps', '8', ...keep);
  refused(ran, new RegExp(`${snapshot} cannot be averaged: .* Or delete it, and run the same command again`));
  rmSync(at('copy/snapshots', snapshot));
  ok(await resume('copy', '--steps', '8', ...keep));
});

test('a run of another command is refused by name', async () => {
  const { at, train } = prepare();
  ok(await train('run', '--steps', '2'));
  refused(
    await cli(['train', 'vision', '-o', at('run'), '--data', at()]),
    /run holds a run with settings that ringformer train vision does not have: source, target, mixture and \d+ more\./,
  );
});

test('two runs cannot write the same folder', async () => {
  const { train } = prepare();
  const both = await Promise.all([train('run'), train('run')]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  refused(both.find(({ code }) => code === 1) as Ran, /is in use by process \d+ on /);
});

test('texts may come from pipes, also from one program that writes into several', async () => {
  const { at, train, resume } = prepare();
  ok(await train('files'));
  const pipes = ['tr.de', 'tr.en', 'va.de', 'va.en'].map((name) => ({ name: at(name), pipe: at(`${name}.pipe`) }));
  execFileSync(
    'mkfifo',
    pipes.map(({ pipe }) => pipe),
  );
  const feed = (lines: string) =>
    spawn('node', ['-e', FEED, lines, ...pipes.flatMap(({ name, pipe }) => [name, pipe])]);
  const flags = ['--source', '--target', '--valid-source', '--valid-target'].flatMap((flag, i) => [
    flag,
    pipes[i]?.pipe as string,
  ]);
  feed('all');
  ok(await train('pipes', ...flags));
  const weights = (run: string) => readFileSync(at(run, 'model/model.safetensors'), 'base64');
  expect(weights('pipes')).toBe(weights('files'));
  feed('all');
  ok(await resume('pipes', '--steps', '8', ...flags));
  ok(await resume('files', '--steps', '8'));
  expect(weights('pipes')).toBe(weights('files'));
  feed('fewer');
  refused(await resume('pipes', '--steps', '9', ...flags), /tr\.de\.pipe and .*tr\.en\.pipe have 39 pairs; the run in/);
  expect(await train('seeds', '--seeds', '2', ...flags)).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /--source is .*tr\.de\.pipe, a pipe, which can be read only once, and each seed reads it/,
    ),
  });
});

/** Writes files into pipes, a line into each in turn. */
const FEED = `
  const fs = require('node:fs');
  const [which, ...paths] = process.argv.slice(1);
  const pipes = [];
  for (let i = 0; i < paths.length; i += 2)
    pipes.push({ out: fs.openSync(paths[i + 1], 'w'), lines: fs.readFileSync(paths[i], 'utf8').trimEnd().split('\\n') });
  for (let i = which === 'all' ? 0 : 1; i < 40; i++)
    for (const { out, lines } of pipes) if (i < lines.length) fs.writeSync(out, lines[i] + '\\n');
`;

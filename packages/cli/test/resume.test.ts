import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Io } from '../src/io.ts';
import { openTranslator } from '../src/model.ts';
import { type DocumentRequest, translateFile } from '../src/translate/document.ts';
import { withJournal } from '../src/translate/journal.ts';
import { cli, scratch, tinyModel } from './cli.ts';

const FAST = ['--beam', '1', '--max-length', '2', '--threads', '1'];
const LINES = Array.from({ length: 900 }, (_, i) => (i % 11 === 0 ? '' : i % 8 === 1 ? `gut {${i}}` : `{${i}}`));

type Job = { readonly folder: string; readonly input: string; readonly output: string; readonly flags: string[] };

async function job(name = 'in.txt', content = LINES.join('\n')): Promise<Job> {
  const folder = scratch();
  const [input, output] = [join(folder, name), join(folder, 'out')];
  writeFileSync(input, content);
  const flags = ['translate', '-m', await tinyModel(), ...FAST, '-f', input, '-o', output, '--resume'];
  return { folder, input, output, flags };
}

/** What a whole run writes. */
async function whole({ folder, flags }: Job): Promise<string> {
  const output = join(folder, 'whole');
  const given = flags
    .filter((flag) => flag !== '--resume')
    .map((flag, i, all) => (all[i - 1] === '-o' ? output : flag));
  expect(await cli(given)).toMatchObject({ code: 0 });
  return readFileSync(output, 'utf8');
}

/** Stops a run as soon as its journal holds something. */
async function stopped({ output, flags }: Job, entries = 1): Promise<string[]> {
  const controller = new AbortController();
  const done = join(`${output}.partial`, 'done.jsonl');
  const read = () => (existsSync(done) ? readFileSync(done, 'utf8').split('\n').slice(0, -1) : []);
  const timer = setInterval(() => read().length >= entries && controller.abort(), 5);
  const ran = await cli(flags, { signal: controller.signal });
  clearInterval(timer);
  expect(ran).toMatchObject({ code: 130 });
  expect(existsSync(output)).toBe(false);
  return read();
}

test('a run that was stopped goes on: nothing is lost or doubled, and the result is that of a whole run', async () => {
  const given = await job();
  const wanted = await whole(given);
  const before = await stopped(given);
  expect(before.length).toBeGreaterThan(0);
  const again = await cli(given.flags);
  expect(again).toMatchObject({ code: 0, err: expect.stringMatching(/^ringformer: resuming/) });
  expect(readFileSync(given.output, 'utf8')).toBe(wanted);
  expect(readdirSync(given.folder).sort()).toEqual(['in.txt', 'out', 'whole']);
});

test('wherever a kill cuts the journal, and whatever it left there', async () => {
  const given = await job();
  const wanted = await whole(given);
  await stopped(given, 2);
  const folder = `${given.output}.partial`;
  const done = join(folder, 'done.jsonl');
  const [journal, settings] = [readFileSync(done), readFileSync(join(folder, 'settings.json'))];
  const first = journal.indexOf(10) + 1;
  for (const cut of [0, 1, first - 1, first, first + 1, first + 100, journal.length - 1, journal.length]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'settings.json'), settings);
    writeFileSync(done, journal.subarray(0, cut));
    expect(await cli(given.flags)).toMatchObject({ code: 0 });
    expect(readFileSync(given.output, 'utf8'), `cut at ${cut}`).toBe(wanted);
  }
  const changed = Buffer.from(journal);
  changed[first - 40] = (changed[first - 40] as number) ^ 1; // a bit of the first entry
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.json'), settings);
  writeFileSync(done, changed);
  expect(await cli(given.flags)).toMatchObject({ code: 0 });
  expect(readFileSync(given.output, 'utf8')).toBe(wanted);
});

test('another input, other settings or another model are refused, and nothing is lost', async () => {
  const given = await job();
  const before = await stopped(given);
  const { flags, input, output } = given;
  const folder = `${output}.partial`;
  const journal = () => readFileSync(join(folder, 'done.jsonl'), 'utf8');
  const beams = await cli(flags.map((flag, i, all) => (all[i - 1] === '--beam' ? '2' : flag)));
  expect(beams).toMatchObject({
    code: 1,
    err: expect.stringMatching(/out\.partial belongs to a run that differs in search \(/),
  });
  const model = flags[flags.indexOf('-m') + 1] as string;
  appendFileSync(join(model, 'tokenizer.json'), ' ');
  expect(await cli(flags)).toMatchObject({ code: 1, err: expect.stringMatching(/differs in model/) });
  writeFileSync(join(model, 'tokenizer.json'), readFileSync(join(model, 'tokenizer.json'), 'utf8').slice(0, -1));
  writeFileSync(input, ['new', ...LINES.slice(1)].join('\n'));
  expect(await cli(flags)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/line 1: the input is not what it was/),
  });
  expect(journal()).toBe(before.map((line) => `${line}\n`).join(''));
  writeFileSync(input, LINES.join('\n'));
  expect(await cli(flags)).toMatchObject({ code: 0 });
});

test('a document, and lines of JSON', async () => {
  const document = await job(
    'in.md',
    LINES.slice(0, 480)
      .map((line, i) => (line === '' ? '' : `- gut ${i}`))
      .join('\n'),
  );
  const wanted = await whole(document);
  await stopped(document);
  expect(await cli(document.flags)).toMatchObject({ code: 0 });
  expect(readFileSync(document.output, 'utf8')).toBe(wanted);

  const json = await job(
    'in.jsonl',
    LINES.map((text, id) => (id % 50 === 0 ? 'bad' : JSON.stringify({ id, text }))).join('\n'),
  );
  const whole2 = await whole(json);
  await stopped(json);
  expect(await cli(json.flags)).toMatchObject({ code: 0 });
  expect(readFileSync(json.output, 'utf8')).toBe(whole2);
});

test('a run that fails before it has done anything leaves nothing', async () => {
  const given = await job();
  const missing = given.flags.map((flag) => (flag === given.input ? `${flag}x` : flag));
  expect(await cli(missing)).toMatchObject({ code: 1 });
  expect(readdirSync(given.folder)).toEqual(['in.txt']);
});

test('from a pipe that is fed again; a run that is whole at once leaves nothing', async () => {
  const given = await job();
  const flags = given.flags.filter((flag, i, all) => flag !== '-f' && all[i - 1] !== '-f');
  const bytes = Buffer.from(LINES.join('\n'));
  const pieces = (size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  const wanted = await whole(given);
  expect(await cli(flags, { stdin: pieces(777) })).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(given.output, 'utf8')).toBe(wanted);
  expect(readdirSync(given.folder).sort()).toEqual(['in.txt', 'out', 'whole']);
});

test('--resume needs an output that is a file, and input that can be read again', async () => {
  const model = await tinyModel();
  for (const flags of [
    ['-f', 'x'],
    ['gut', '-o', 'x'],
    ['-f', 'x', '-o', scratch()],
  ])
    expect(await cli(['translate', '-m', model, '--resume', ...flags])).toMatchObject({ code: 2 });
  const missing = join(scratch(), 'none', 'x');
  expect(await cli(['translate', '-m', model, '--resume', '-f', 'x', '-o', missing])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/its directory does not exist/),
  });
  expect(existsSync(join(missing, '..'))).toBe(false);
});

test('what is done of a document, its alignments and warnings too, is not done again', {
  timeout: 120_000,
}, async () => {
  const folder = scratch();
  const input = join(folder, 'in.md');
  const item = (i: number) =>
    `- ${i === 3 ? 'sehr lang '.repeat(40) : ''}gut **morgen ${i}** und [tag](${i}.html) auch\n`;
  writeFileSync(input, Array.from({ length: 300 }, (_, i) => item(i)).join(''));
  const translator = await openTranslator(await tinyModel(), {
    backend: 'wasm',
    engine: 'auto',
    threads: 1,
    precision: 'auto',
  });
  /** Runs until so many calls of the translator have been made. */
  const run = async (calls: number, journaled: boolean) => {
    const asked: string[] = [];
    const aligned: string[] = [];
    let [text, said] = ['', ''];
    const count = () => {
      if (calls-- === 0) throw new Error('enough');
    };
    const counted = {
      ...translator,
      translateBatch: async (texts: readonly string[], options: object) => {
        count();
        asked.push(...texts);
        return translator.translateBatch(texts, options);
      },
      align: async (pairs: readonly { source: string; target: string }[], options: object) => {
        count();
        aligned.push(...pairs.map(({ source }) => source));
        return (await translator.align?.(pairs, options)) ?? [];
      },
    };
    const stderr = new Writable({
      write(chunk, _, done) {
        said += chunk;
        done();
      },
    });
    const io = { stderr, env: {}, signal: new AbortController().signal } as unknown as Io;
    const request: DocumentRequest = {
      ...{ io, file: input, format: 'markdown', encoding: undefined, columns: [], header: true },
      ...{ output: join(folder, 'out'), batchSize: 32, search: { beams: 1, maxLength: 6 } },
    };
    const output = {
      write: async (part: string) => {
        text += part;
      },
    };
    const ran = journaled
      ? withJournal(join(folder, 'out'), { a: 'b' }, io, (journal) => translateFile(counted, request, output, journal))
      : translateFile(counted, request, output);
    await ran.catch((error: Error) => {
      if (error.message !== 'enough') throw error;
    });
    return { text, said: said.replace(/^ringformer: resuming.*\n/, ''), asked, aligned };
  };
  try {
    const whole = await run(Number.POSITIVE_INFINITY, false);
    expect(whole.aligned.length).toBeGreaterThan(256);
    expect(whole.said).toMatch(/in\.md: /);
    const parts = [await run(3, true), await run(1, true), await run(Number.POSITIVE_INFINITY, true)];
    expect(parts[2]).toMatchObject({ text: whole.text, said: whole.said });
    expect(parts.flatMap(({ asked }) => asked)).toEqual(whole.asked);
    expect(parts.flatMap(({ aligned }) => aligned)).toEqual(whole.aligned);
  } finally {
    translator.dispose();
  }
});

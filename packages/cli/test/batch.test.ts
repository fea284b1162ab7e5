import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { mix32 } from '@ringformer/core/base';
import { type RedisServer, startRedis, withoutRedis } from '@ringformer/test-tools/redis';
import { encode } from 'fast-png';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';
import { type Running, ringformer, until } from './program.ts';

/** Lines of every kind that breaks naive tools. */
function corpus(lines: number): Buffer {
  const odd: readonly (string | Buffer)[] = [
    '',
    '\r',
    Buffer.from('M\xfcnchen', 'latin1'),
    'x'.repeat(70_000),
    '\ufeffguten Morgen',
    'a\tb\u2028c\u0000d',
    Buffer.from([0xe2, 0x82]),
  ];
  const all = Array.from({ length: lines }, (_, i) =>
    i % 9 === 4
      ? (odd[Math.floor(i / 9) % odd.length] as string | Buffer)
      : `guten Morgen ${i}${i % 5 === 0 ? '\r' : ''}`,
  );
  return Buffer.concat(all.flatMap((line, i) => [Buffer.from(line), Buffer.from(i < lines - 1 ? '\n' : '')]));
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const doneIn = (run: string): number => (existsSync(join(run, 'done')) ? readdirSync(join(run, 'done')).length : 0);

async function redis(flags: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedis(undefined, flags);
  onTestFinished(() => server.remove());
  return server;
}

/** A corpus, a model and what one process makes of them. */
async function setting(lines: number, flags: readonly string[] = []) {
  const folder = scratch();
  const input = join(folder, 'corpus.de');
  writeFileSync(input, corpus(lines));
  const model = await tinyModel();
  const settings = ['--model', model, '--beam', '1', '--max-length', '4', ...flags];
  return { folder, input, model, settings, run: join(folder, 'run') };
}

async function alone({ folder, input, settings }: Awaited<ReturnType<typeof setting>>): Promise<Buffer> {
  const output = join(folder, 'alone.en');
  const ran = await cli([
    'translate',
    '-f',
    input,
    '-o',
    output,
    '--bad-lines',
    'empty',
    ...settings.map((flag) => (flag === '--details' ? '--json' : flag)),
  ]);
  expect(ran.code).toBe(0);
  return readFileSync(output);
}

describe.skipIf(withoutRedis)(`batch${withoutRedis ? `, skipped: ${withoutRedis}` : ''}`, () => {
  test('20 workers killed, Redis killed and wiped: every line once, in order, as one process writes them', async () => {
    const SHARDS = 200;
    const WORKERS = 4;
    const KILLS = 20;
    const server = await redis();
    const given = await setting(SHARDS * 5);
    const { input, run, settings, folder } = given;
    const submit = async () => {
      const submitted = ['batch', 'submit', input, '-o', run, '--redis', server.url, '--shard-lines', '5'];
      expect(await cli([...submitted, '--attempts', '100', ...settings])).toMatchObject({ code: 0 });
    };
    const start = () =>
      ringformer(['batch', 'work', run, '--redis', server.url, '--threads', '1', '--lost-after', '1', '--quiet']);
    await submit();
    const workers: Running[] = Array.from({ length: WORKERS }, start);
    for (let kill = 1; kill <= KILLS; kill++) {
      const enough = Math.floor((kill * (SHARDS - 20)) / KILLS);
      await until(() => doneIn(run) >= enough);
      const victim = (mix32(kill) >>> 0) % WORKERS;
      await new Promise((resolve) => setTimeout(resolve, (mix32(kill + 1000) >>> 0) % 50));
      workers[victim]?.child.kill('SIGKILL');
      if (kill === KILLS / 2) {
        await server.kill();
        await server.start();
        await submit();
      }
      expect((await workers[victim]?.ended)?.code).toBe(null);
      workers[victim] = start();
    }
    for (const { ended } of workers) expect(await ended).toMatchObject({ code: 0 });
    expect(doneIn(run)).toBe(SHARDS);
    const joined = join(folder, 'joined.en');
    expect(await cli(['batch', 'join', run, '-o', joined])).toMatchObject({ code: 0 });
    const expected = await alone(given);
    const distinct = new Set(expected.toString().split('\n'));
    expect(distinct.size).toBeGreaterThan(SHARDS * 4); // numbers are kept, so that each line shows its place
    expect(sha256(readFileSync(joined))).toBe(sha256(expected));
    const status = await cli(['batch', 'status', run, '--redis', server.url, '--json']);
    expect(JSON.parse(status.out)).toMatchObject({ state: 'done', shards: { total: 200, done: 200, failed: 0 } });
  }, 600_000);

  test('shards whose input is gone fail after their attempts, the others are done, and submit tries them again', async () => {
    const server = await redis();
    const given = await setting(10);
    const { input, run, settings, folder } = given;
    const other = join(folder, 'other.de');
    writeFileSync(other, 'eins\nzwei\ndrei');
    const submit = [
      'batch',
      'submit',
      other,
      input,
      '-o',
      run,
      '--redis',
      server.url,
      '--shard-lines',
      '2',
      ...settings,
    ];
    expect(await cli([...submit, '--attempts', '2'])).toMatchObject({ code: 0 });
    rmSync(other);
    const work = ['batch', 'work', run, '--redis', server.url, '--threads', '1'];
    const { code, err } = await ringformer(work).ended;
    expect(code).toBe(1);
    expect(err).toContain('2 shards failed');
    expect(err.match(/It will be tried again\./g)).toHaveLength(2);
    const status = await cli(['batch', 'status', run, '--redis', server.url, '--wait']);
    expect(status).toMatchObject({
      code: 1,
      out: expect.stringMatching(/over, but shards failed[\s\S]*5 of 7 done[\s\S]*2 failed/),
    });
    expect(status.out).toMatch(
      /shard 0 \(other\.de, lines 1 to 2\), tried 2 times: .*other\.de cannot be read: there is no such/,
    );
    expect(await cli(['batch', 'join', run])).toMatchObject({ code: 1, err: expect.stringContaining('2 of 7 shards') });
    writeFileSync(other, 'eins\nzwei\ndrei');
    const waiting = cli([...submit, '--join', join(folder, 'joined.en')]);
    expect(await ringformer(work).ended).toMatchObject({ code: 0 });
    expect(await waiting).toMatchObject({ code: 0 });
    const first = await cli(['translate', '-f', other, ...settings]);
    expect(readFileSync(join(folder, 'joined.en'), 'utf8')).toBe(`${first.out}${await alone(given)}`);
    const files = join(folder, 'files');
    expect(await cli(['batch', 'join', run, '--each', '-o', files])).toMatchObject({ code: 0 });
    expect(readFileSync(join(files, 'other.de'), 'utf8')).toBe(first.out);
    expect(readFileSync(join(files, 'corpus.de'))).toEqual(await alone(given));
  }, 300_000);

  test('an input that changes under the run is an error that is not tried again', async () => {
    const server = await redis();
    const { input, run, settings } = await setting(4);
    const submit = ['batch', 'submit', input, '-o', run, '--redis', server.url, ...settings];
    expect(await cli(submit)).toMatchObject({ code: 0 });
    writeFileSync(input, corpus(4).fill('z', 0, 3));
    const { code, err } = await ringformer(['batch', 'work', run, '--redis', server.url, '--threads', '1']).ended;
    expect([code, err.match(/It has failed/g)?.length]).toEqual([1, 1]);
    expect(err).toMatch(/corpus\.de has changed since the run was submitted/);
    expect(await cli(submit)).toMatchObject({ code: 1, err: expect.stringContaining('its inputs have changed') });
    const others = await cli([...submit, '--length-penalty', '2']);
    expect(others).toMatchObject({ code: 1, err: expect.stringMatching(/other settings \(search\)/) });
  }, 300_000);

  test('a shard whose workers die counts as failed after its attempts', async () => {
    const server = await redis();
    const { input, run, settings } = await setting(20_000);
    const flags = ['--redis', server.url];
    const one = ['--shard-lines', '1000000', '--attempts', '2'];
    writeFileSync(input, readFileSync(input).toString('latin1').replace(/x{9,}/g, ''), 'latin1'); // one shard
    await cli(['batch', 'submit', input, '-o', run, ...flags, ...one, ...settings]);
    const work = ['batch', 'work', run, ...flags, '--threads', '1', '--lost-after', '1'];
    const workers = async (): Promise<{ worker: string }[]> =>
      JSON.parse((await cli(['batch', 'status', run, ...flags, '--json'])).out).active;
    // Each worker first gives back what the one before it left, then begins it and is killed.
    for (let death = 0; death < 2; death++) {
      const worker = ringformer([...work, '--quiet']);
      await until(async () => (await workers()).some(({ worker: name }) => name.endsWith(`:${worker.child.pid}`)));
      worker.child.kill('SIGKILL');
      await worker.ended;
    }
    expect(await ringformer(work).ended).toMatchObject({
      code: 1,
      err: expect.stringMatching(/workers died while they computed it/),
    });
    const status = await cli(['batch', 'status', run, ...flags]);
    expect(status).toMatchObject({ code: 1, out: expect.stringMatching(/0 of 1 done[\s\S]*workers died/) });
  }, 300_000);

  test('a worker that is stopped gives its shard back at once', async () => {
    const server = await redis();
    const { input, run, settings } = await setting(20_000);
    const flags = ['--redis', server.url];
    await cli(['batch', 'submit', input, '-o', run, ...flags, '--shard-lines', '100000', ...settings]);
    const worker = ringformer(['batch', 'work', run, ...flags, '--threads', '1', '--lost-after', '600']);
    const status = async () => JSON.parse((await cli(['batch', 'status', run, ...flags, '--json'])).out);
    await until(async () => (await status()).queue.active === 1);
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toMatchObject({ code: 143 });
    const { queue, shards } = await status();
    expect(queue).toEqual({ active: 0, waiting: shards.total - shards.done, workers: 0 });
  }, 300_000);

  test.each([[], ['--now']])(
    'a run is cancelled %j, and submit continues it',
    async (...now) => {
      const server = await redis();
      const { input, run, settings, folder } = await setting(now.length > 0 ? 20_000 : 3000);
      const flags = ['--redis', server.url];
      const submit = ['batch', 'submit', input, '-o', run, ...flags, '--shard-lines', '1000', ...settings];
      await cli(submit);
      const worker = ringformer(['batch', 'work', run, ...flags, '--threads', '1']);
      await until(
        async () => JSON.parse((await cli(['batch', 'status', run, ...flags, '--json'])).out).queue.active === 1,
      );
      expect(await cli(['batch', 'cancel', run, ...flags, ...now])).toMatchObject({ code: 0 });
      expect(await worker.ended).toMatchObject({ code: 1, err: expect.stringContaining('The run was cancelled.') });
      const status = await cli(['batch', 'status', run, ...flags, '--wait']);
      expect(status).toMatchObject({ code: 1, out: expect.stringMatching(/cancelled\. ringformer batch submit/) });
      if (now.length > 0) return;
      await cli(submit);
      expect(await ringformer(['batch', 'work', run, ...flags, '--threads', '1']).ended).toMatchObject({ code: 0 });
      expect(await cli(['batch', 'join', run, '-o', join(folder, 'x')])).toMatchObject({ code: 0 });
    },
    120_000,
  );

  test('two submissions at once queue every shard once; a password is needed and never shown', async () => {
    const server = await redis(['--requirepass', 'geheim']);
    const { input, run, settings } = await setting(40);
    const url = server.url.replace('//', '//:geheim@');
    const submit = (redis: string) =>
      cli(['batch', 'submit', input, '-o', run, '--redis', redis, '--shard-lines', '2', ...settings]);
    expect(await submit(server.url)).toMatchObject({ code: 1, err: expect.stringContaining('needs a password') });
    const wrong = await submit(server.url.replace('//', '//:falsch@'));
    expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/refuses this user or password/) });
    expect(wrong.err).not.toContain('falsch');
    expect(await Promise.all([submit(url), submit(url)])).toMatchObject([{ code: 0 }, { code: 0 }]);
    const status = await cli(['batch', 'status', run, '--redis', url, '--json']);
    expect(JSON.parse(status.out)).toMatchObject({ state: 'running', queue: { waiting: 20, active: 0 } });
    const ended = await ringformer(['batch', 'work', run, '--threads', '1'], { RINGFORMER_REDIS: url }).ended;
    expect(ended.code).toBe(0);
    expect(ended.err.match(/^shard /gm)).toHaveLength(20);
  }, 300_000);

  test('a worker waits for Redis; a command says that it cannot be reached', async () => {
    const server = await redis();
    const { input, run, settings } = await setting(4);
    const submit = ['batch', 'submit', input, '-o', run, '--redis', server.url, ...settings];
    await cli(submit);
    await server.kill();
    const worker = ringformer(['batch', 'work', run, '--redis', server.url, '--threads', '1', '--redis-wait', '600']);
    await until(() => worker.said.err.includes('cannot be reached yet'));
    await server.start();
    await until(() => worker.said.err.includes('submit the run again'));
    expect(await cli(['batch', 'status', run, '--redis', server.url, '--wait'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('Redis has lost it'),
    });
    await cli(submit);
    expect(await worker.ended).toMatchObject({ code: 0 });
    await server.kill();
    const tried = await cli(['batch', 'cancel', run, '--redis', server.url]);
    expect(tried).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^ringformer: Redis at 127\.0\.0\.1:\d+ cannot be reached/),
    });
  }, 300_000);
});

describe('batch without Redis', () => {
  test('workers compute their parts, one by number and one from its environment, and continue where they stopped', async () => {
    const given = await setting(45);
    const { input, run, settings, folder } = given;
    const compressed = `${input}.gz`;
    writeFileSync(compressed, gzipSync(readFileSync(input)));
    const submit = await cli(['batch', 'submit', compressed, '-o', run, '--shard-lines', '6', ...settings]);
    expect(submit).toMatchObject({ code: 0, err: expect.stringMatching(/45 lines in 8 shards\. Nothing is queued/) });
    const work = ['batch', 'work', run, '--threads', '1', '--shard'];
    expect(await ringformer([...work, '0/3']).ended).toMatchObject({ code: 0 });
    expect(doneIn(run)).toBe(3);
    expect(await cli(['batch', 'status', run])).toMatchObject({ code: 0, out: expect.stringContaining('3 of 8 done') });
    expect(await ringformer([...work, 'auto/3'], { JOB_COMPLETION_INDEX: '1' }).ended).toMatchObject({ code: 0 });
    expect(await ringformer([...work, 'auto/3'], { SLURM_ARRAY_TASK_ID: '2' }).ended).toMatchObject({ code: 0 });
    const again = await ringformer([...work, '0/1', '--parallel', '2']).ended;
    expect(again).toMatchObject({ code: 0, err: 'All shards are done.\n' });
    const joined = join(folder, 'joined');
    const join_ = await cli(['batch', 'join', run, '-o', joined]);
    expect(readFileSync(joined)).toEqual(await alone(given));
    expect(join_.err).toMatch(/corpus\.de\.gz, line 32 \(byte offset \d+\) is longer[\s\S]*lines? (is|are) empty/);
  }, 300_000);

  test('images are classified as classify does, and a broken one costs no other', async () => {
    const folder = scratch();
    const images = join(folder, 'images');
    mkdirSync(images);
    for (let i = 0; i < 5; i++) {
      const data = Uint8Array.from({ length: 28 * 28 }, (_, at) => (at * (i + 3)) % 256);
      writeFileSync(join(images, `${i}.png`), encode({ width: 28, height: 28, data, channels: 1, depth: 8 }));
    }
    writeFileSync(join(images, '2.png'), 'not an image');
    const run = join(folder, 'run');
    const submit = ['batch', 'submit', images, '--task', 'classify', '-o', run, '--shard-lines', '2', '--top', '3'];
    expect(await cli(submit)).toMatchObject({ code: 0 });
    expect(await ringformer(['batch', 'work', run, '--threads', '1', '--shard', '0/1']).ended).toMatchObject({
      code: 0,
    });
    const joined = await cli(['batch', 'join', run]);
    const alone = await cli(['classify', images, '--json', '--top', '3']);
    expect(joined.out).toBe(alone.out);
    expect(joined).toMatchObject({ code: 0, err: expect.stringContaining('1 image could not be classified') });
  }, 300_000);

  test('inputs that are not lines of UTF-8 are refused, or it is said that lines will be empty', async () => {
    const { folder, run, settings } = await setting(2);
    const submit = (name: string, content: string | Buffer, ...flags: string[]) => {
      writeFileSync(join(folder, name), content);
      return cli(['batch', 'submit', join(folder, name), '-o', `${run}-${name}`, ...settings, ...flags]);
    };
    const refused = async (name: string, content: string | Buffer, code: number, text: RegExp) => {
      expect(await submit(name, content)).toMatchObject({ code, err: expect.stringMatching(text) });
      expect(existsSync(`${run}-${name}`)).toBe(false);
    };
    await refused('a.txt', gzipSync('eins\n'), 1, /a\.txt is compressed with gzip\. Give it a name that ends in \.gz/);
    await refused('b.txt', Buffer.from('\ufeffeins\n', 'utf16le'), 1, /b\.txt is UTF-16\. Save it as UTF-8/);
    await refused('c.gz', 'eins\n', 1, /c\.gz cannot be read: .*It is not what gzip writes/);
    await refused('d.gz', gzipSync('eins\n').subarray(0, 20), 1, /d\.gz cannot be read: .*It is cut short/);
    await refused('e.md', '# eins\n', 2, /e\.md is a document, .*use ringformer translate -f\..*add --format text/);
    await refused('f.jsonl', '{}\n', 2, /f\.jsonl is a file of JSON/);
    expect(await submit('e.md', '# eins\n', '--format', 'text')).toMatchObject({ code: 0 });
    const latin = await submit('g.txt', Buffer.from('M\xfcnchen\n', 'latin1'));
    expect(latin).toMatchObject({
      code: 0,
      err: expect.stringMatching(/g\.txt has lines that are not UTF-8: .*iconv/),
    });
    expect((await submit('h.txt', 'München\nKöln')).err).not.toContain('UTF-8');
  }, 60_000);

  test('output never replaces an input, and what can’t be written is known before the work', async () => {
    const { folder, input, run, settings } = await setting(2);
    await cli(['batch', 'submit', input, '-o', run, ...settings]);
    const over = { code: 1, err: expect.stringMatching(/is an input of the run: the output would be written over it/) };
    const before = readFileSync(input);
    expect(await cli(['batch', 'join', run, '-o', input])).toMatchObject(over);
    expect(await cli(['batch', 'join', run, '--each', '-o', folder])).toMatchObject(over);
    const again = ['batch', 'submit', '-o', run, '--redis', 'redis://127.0.0.1:1', '--join'];
    expect(await cli([...again, input])).toMatchObject(over);
    expect(await cli([...again, join(folder, 'none', 'x')])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/its directory does not exist/),
    });
    expect(readFileSync(input)).toEqual(before);
    expect(await ringformer(['batch', 'work', run, '--shard', '0/1', '--threads', '1']).ended).toMatchObject({
      code: 0,
    });
    expect(await cli(['batch', 'cancel', run])).toMatchObject({
      code: 1,
      err: expect.stringContaining('is done: there is nothing to cancel'),
    });
  }, 60_000);

  test('command lines that make no sense are refused with the remedy', async () => {
    const { input, run, model } = await setting(2);
    const says = async (argv: readonly string[], code: number, text: string | RegExp) =>
      expect(await cli(['batch', ...argv])).toMatchObject({ code, err: expect.stringMatching(text) });
    await says([], 2, /Expected ringformer batch submit, work, status, cancel, join/);
    await says(['sumbit'], 2, /Unknown command 'batch sumbit'\. Did you mean submit\?/);
    await says(['submit', input], 2, /Give --output/);
    await says(['submit', '-', '-o', run], 2, /stdin cannot be submitted/);
    await says(['submit', '-o', run], 2, /Give the files to translate/);
    await says(['submit', input, '-o', run, '--top', '3'], 2, /--top cannot be used with --task translate/);
    await says(
      ['submit', input, '-o', run, '--task', 'classify', '--beam', '3'],
      2,
      /--beam cannot be used with --task classify/,
    );
    await says(['submit', '-o', run, '--beam', '3'], 2, /--beam belongs to a new run/);
    await says(['work', run, '--attempts', '3'], 2, /--attempts is for work with --shard/);
    await says(['work', run, '--shard', '0/2', '--redis', 'x'], 2, /--redis is for work with Redis/);
    await says(['work', run, '--shard', '0/0'], 2, /expected at least one part/);
    await says(['submit', input, '-o', run, '--wait'], 2, /--wait and --join need --redis/);
    await says(['submit', join(run, 'none'), '-o', run, '-m', model], 1, /none cannot be read: there is no such file/);
    await says(['submit', model, '-o', run, '-m', model], 1, /is not a file/);
    await says(
      ['submit', input, '-o', input, '-m', model],
      1,
      /Cannot read .*corpus\.de\/manifest\.jsonl: a part of the path is a file/,
    );
    await says(['work'], 2, /Give the run/);
    await says(['work', run], 2, /Give --redis, or --shard/);
    await says(['work', run, '--shard', '0/2'], 1, /There is no run in .*: expected its manifest\.jsonl/);
    await says(['work', run, '--shard', '2/2'], 2, /expected at most 1\/2: parts are counted from 0/);
    await says(['work', run, '--shard', 'auto/2'], 2, /JOB_COMPLETION_INDEX or SLURM_ARRAY_TASK_ID/);
    await says(['work', run, '--redis', 'http://127.0.0.1'], 1, /There is no run/);
    await cli(['batch', 'submit', input, '-o', run, '-m', model]);
    await says(['work', run, '--redis', 'http://127.0.0.1'], 1, /begins with http:/);
    await says(['work', run, '--shard', '0/1', '-m', await tinyModel()], 1, /no such file|batch-thread/);
    await says(
      ['work', run, '--shard', '0/1', '-m', '@ringformer/model-de-en'],
      1,
      /is not the model that the run was submitted with/,
    );
    writeFileSync(join(run, 'manifest.jsonl'), '{"format"');
    await says(['status', run], 1, /manifest\.jsonl is damaged/);
  }, 300_000);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, type ObjectStore, startObjectStore } from '@ringformer/test-tools/object-store';
import { expect, onTestFinished, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';
import { ringformer } from './program.ts';

test('a run in a bucket of a stand-in for S3: two workers with the same shards, each committed once', async () => {
  const store = await startObjectStore();
  onTestFinished(() => store.close());
  const text = Array.from({ length: 40 }, (_, i) => `guten Morgen ${i} ä`).join('\n');
  store.objects.set('/bucket/corpora/corpus.de', Buffer.from(text));
  const env = {
    AWS_ENDPOINT_URL: store.url,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-central-1',
  };
  const batch = (...argv: string[]) => ringformer(['batch', ...argv], env).ended;
  const model = await tinyModel();
  const settings = ['--model', model, '--beam', '1', '--max-length', '4'];
  const run = 's3://bucket/runs/a';
  const submitted = await batch(
    'submit',
    's3://bucket/corpora/corpus.de',
    '-o',
    `${run}/`,
    '--shard-lines',
    '4',
    ...settings,
  );
  expect(submitted).toMatchObject({ code: 0, err: expect.stringContaining('40 lines in 10 shards') });
  const work = () => batch('work', run, '--shard', '0/1', '--threads', '1', '--quiet');
  expect(await Promise.all([work(), work()])).toMatchObject([{ code: 0 }, { code: 0 }]);
  const commits = store.asked.filter((line) => /^PUT .*\/done\/.* 200$/.test(line));
  expect(commits).toHaveLength(10);
  const file = join(scratch(), 'corpus.de');
  writeFileSync(file, text);
  const alone = await cli(['translate', '-f', file, ...settings]);
  expect(await batch('join', run)).toMatchObject({ code: 0, out: alone.out });
  expect(await batch('status', run)).toMatchObject({ code: 0, out: expect.stringContaining('10 of 10 done') });
  expect(await batch('status', 's3://bucket/none')).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no run in s3://bucket/none'),
  });
  const missing = await batch('submit', 's3://bucket/none', '-o', 's3://bucket/runs/b', ...settings);
  expect(missing).toMatchObject({
    code: 1,
    err: expect.stringContaining('s3://bucket/none cannot be read: there is no such object'),
  });
}, 300_000);

const envOf = ({ url }: ObjectStore) => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'eu-central-1',
  RINGFORMER_S3_SILENCE: '1',
});

test('a store that fails, is busy, loses answers, falls silent and cuts inputs short: every shard once', async () => {
  const store = await startObjectStore();
  onTestFinished(() => store.close());
  const text = Array.from({ length: 12 }, (_, i) => `guten Morgen ${i}`).join('\n');
  store.objects.set('/bucket/corpus.de', Buffer.from(text));
  const faults: (readonly [RegExp, Fault])[] = [
    [/^PUT .*manifest/, 'lost'],
    [/^PUT .*manifest/, { status: 500, code: 'InternalError' }],
    [/^PUT .*output\/0000000/, 'lost'],
    [/^PUT .*output\/0000001/, 'silent'],
    [/^PUT .*done\/0000000/, 'lost'],
    [/^PUT .*done\/0000001/, { status: 409, code: 'ConditionalRequestConflict' }],
    [/^PUT .*done\/0000002/, { status: 503, code: 'SlowDown' }],
    [/^GET .*done\/0000003/, { status: 500, code: 'InternalError' }],
  ];
  const given = faults.length;
  store.fault = ({ method, key }) => {
    const at = faults.findIndex(([matching]) => matching.test(`${method} ${key}`));
    return at < 0 ? undefined : faults.splice(at, 1)[0]?.[1];
  };
  const batch = (...argv: string[]) => ringformer(['batch', ...argv], envOf(store)).ended;
  const settings = ['--model', await tinyModel(), '--beam', '1', '--max-length', '4'];
  const run = 's3://bucket/run';
  expect(await batch('submit', 's3://bucket/corpus.de', '-o', run, '--shard-lines', '3', ...settings)).toMatchObject({
    code: 0,
    err: expect.stringContaining('12 lines in 4 shards'),
  });
  faults.push([/^GET .*corpus/, 'cut'], [/^GET .*corpus/, 'silent']);
  expect(await batch('work', run, '--shard', '0/1', '--threads', '1', '--attempts', '3')).toMatchObject({ code: 0 });
  expect([given, faults]).toEqual([8, []]);
  expect([...store.objects.keys()].filter((key) => /\/(output|done)\//.test(key))).toHaveLength(8);
  const file = join(scratch(), 'corpus.de');
  writeFileSync(file, text);
  expect(await batch('join', run)).toMatchObject({
    code: 0,
    out: (await cli(['translate', '-f', file, ...settings])).out,
  });
}, 300_000);

test.each<readonly [number, string, string]>([
  [400, 'ExpiredToken', 'the credentials have expired'],
  [403, 'SignatureDoesNotMatch', 'the secret access key is not the right one'],
  [301, 'PermanentRedirect', 'the bucket is in another region (set AWS_REGION)'],
  [404, 'NoSuchBucket', 'there is no such bucket'],
])(
  'what a store says is put in words: %i %s',
  async (status, code, words) => {
    const store = await startObjectStore();
    onTestFinished(() => store.close());
    store.fault = () => ({ status, code });
    expect(await ringformer(['batch', 'status', 's3://bucket/run'], envOf(store)).ended).toMatchObject({
      code: 1,
      err: expect.stringContaining(`ringformer: Cannot read s3://bucket/run/manifest.jsonl: ${words}.\n`),
    });
  },
  60_000,
);

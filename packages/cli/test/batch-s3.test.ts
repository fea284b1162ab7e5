import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startObjectStore } from '@ringformer/test-tools/object-store';
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

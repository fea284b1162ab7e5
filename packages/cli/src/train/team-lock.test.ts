import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { joinThreads, startThreads } from '@ringformer/mpi';
import { expect, test } from 'vitest';
import { scratch } from '../../test/cli.ts';
import { LOCK } from '../folder-lock.ts';
import { thisProcess } from '../process-id.ts';
import { teamOf } from './team.ts';
import { lockTogether } from './team-lock.ts';

/** What two ranks get that want a folder which another machine has locked; `seen`: what each knows of the owner. */
async function lockedElsewhere(...seen: (boolean | undefined)[]) {
  const folder = scratch();
  writeFileSync(join(folder, LOCK), JSON.stringify({ ...thisProcess(), host: 'elsewhere' }));
  const first = startThreads(2, 4096);
  const { signal } = new AbortController();
  const ranks = [first, ...first.seats.map(joinThreads)].map((one) => teamOf(one, signal));
  const results = await Promise.allSettled(
    ranks.map((team, rank) => lockTogether(team, folder, signal, false, () => seen[rank])),
  );
  const { host } = JSON.parse(readFileSync(join(folder, LOCK), 'utf8'));
  for (const result of results) if (result.status === 'fulfilled') result.value.release();
  await Promise.all(ranks.map(({ collective }) => collective?.close()));
  return { host, errors: results.map((result) => (result.status === 'rejected' ? String(result.reason) : '')) };
}

test("a rank on the machine of a lock's owner that sees it gone lets rank 0 take the folder", async () => {
  const { host, errors } = await lockedElsewhere(undefined, false);
  expect(errors).toEqual(['', '']);
  expect(host).toBe(thisProcess().host);
});

test('a lock whose owner no rank can see is left alone', async () => {
  const { host, errors } = await lockedElsewhere(undefined, undefined);
  expect(errors[0]).toMatch(/in use by process \d+ on elsewhere, since .* add --take-over\./);
  expect(errors[1]).toContain('Rank 0 failed');
  expect(host).toBe('elsewhere');
});

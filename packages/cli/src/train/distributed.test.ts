import { expect, it } from 'vitest';
import { workersNote } from './distributed.ts';
import type { CommonSettings } from './settings.ts';

const note = (accumulate: number, ranks: number, workers: number) =>
  workersNote({ accumulate } as CommonSettings, ranks, workers);

it('says that workers have nothing to do', () => {
  expect([note(1, 1, 1), note(2, 1, 2), note(4, 2, 2), note(3, 2, 2)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(note(1, 1, 2)).toBe(
    'an update has one batch, so only 1 of 2 workers computes: use --accumulate 2 with smaller batches, or leave --workers out',
  );
  expect(note(4, 2, 3)).toBe(
    'an update has 2 batches for each rank, so only 2 of 3 workers compute: use --accumulate 6 with smaller batches, or leave --workers out',
  );
});

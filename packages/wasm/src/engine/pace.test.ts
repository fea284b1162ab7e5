import { expect, test } from 'vitest';
import { makePace } from './pace.ts';

/** Runs jobs whose time per row is `all` or `one`, and returns which of the last ten were shared. */
function choices(pace: ReturnType<typeof makePace>, clock: { now: number }, kind: string, all: number, one: number) {
  const shared: boolean[] = [];
  for (let job = 0; job < 30; job++) {
    const rows = 1 + (job % 5);
    pace.run(kind, rows, (yes) => {
      shared.push(yes);
      clock.now += rows * (yes ? all : one) + (job % 4 === 0 ? 1000 : 0); // now and then something else takes the processor
    });
  }
  return { trials: shared.slice(0, 8), rest: new Set(shared.slice(8)) };
}

test('all threads are used for the kinds of jobs that they make faster, after four trials of each', () => {
  const clock = { now: 0 };
  const pace = makePace(() => clock.now);
  const trials = [true, true, true, true, false, false, false, false];
  expect(choices(pace, clock, 'encode', 6, 10)).toEqual({ trials, rest: new Set([true]) });
  expect(choices(pace, clock, 'decode', 12, 10)).toEqual({ trials, rest: new Set([false]) });
  expect(choices(pace, clock, 'see', 9.9, 10)).toEqual({ trials, rest: new Set([false]) });
});

test('kinds are measured again after a while', () => {
  const clock = { now: 0 };
  const pace = makePace(() => clock.now);
  let [all, one] = [6, 10];
  const run = () => {
    let shared = false;
    pace.run('encode', 1, (yes) => {
      shared = yes;
      clock.now += yes ? all : one;
    });
    return shared;
  };
  for (let job = 0; job < 2000; job++) run();
  expect(run()).toBe(true);
  [all, one] = [30, 10];
  for (let job = 0; job < 2000; job++) run();
  expect(run()).toBe(true); // a trial
  for (let job = 0; job < 8; job++) run();
  expect(run()).toBe(false);
});

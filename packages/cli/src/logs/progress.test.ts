import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProgress, formatDuration, formatRate, type ProgressOptions } from './progress.ts';

afterEach(() => vi.unstubAllEnvs());

const CLEAR = '\r\u001b[2K';
const status = { step: 2500, loss: 3.21449, perSecond: 1234, lr: 3e-4 };

function start(options: Partial<ProgressOptions> & { terminal: boolean }) {
  const written: string[] = [];
  const time = { now: 5000 };
  const progress = createProgress({
    total: 10_000,
    stream: { write: (text) => written.push(text), isTTY: options.terminal, columns: 120 },
    clock: () => time.now,
    ...options,
  });
  return { progress, written, time };
}

describe('on a terminal', () => {
  it('draws one line', () => {
    vi.stubEnv('TERM', 'xterm');
    const { progress, written, time } = start({ terminal: true });
    time.now += 3_720_000 / 3; // a quarter done: three times as long remains
    progress.update(status);
    const text = '2 500/10 000  25 %  loss 3.214  1.2 k tok/s  lr 3.0e-4  ETA 1 h 02 min  elapsed 20 min 40 s';
    expect(written).toEqual([`${CLEAR}${'█'.repeat(6)}${'░'.repeat(20)}  ${text}`]); // 119 wide
  });

  it('is never wider than the terminal, and drops the least important parts first', () => {
    vi.stubEnv('TERM', 'xterm');
    for (let columns = 1; columns <= 150; columns++) {
      const { progress, written } = start({ terminal: true, columns });
      progress.update(status);
      expect(written[0]!.length - CLEAR.length).toBeLessThan(columns);
    }
    const narrow = start({ terminal: true, columns: 26 });
    narrow.progress.update(status);
    expect(narrow.written).toEqual([`${CLEAR}2 500/10 000  loss 3.214`]);
  });

  it('redraws at most ten times a second', () => {
    vi.stubEnv('TERM', 'xterm');
    const { progress, written, time } = start({ terminal: true });
    for (let i = 0; i < 1000; i++, time.now += 1) progress.update({ step: i });
    expect(written.length).toBe(10);
  });

  it('prints notes above the bar and clears the bar at the end', () => {
    vi.stubEnv('TERM', 'xterm');
    const { progress, written } = start({ terminal: true, columns: 20 });
    progress.note('before');
    progress.update({ step: 1 });
    progress.update({ step: 2 });
    progress.note('valid loss 2.1');
    progress.done();
    progress.done();
    progress.note('after');
    const bar = (step: number) => `${CLEAR}${step}/10 000  0 %`;
    expect(written).toEqual(['before\n', bar(1), `${CLEAR}valid loss 2.1\n`, bar(2), CLEAR, 'after\n']);
  });

  it('counts only what a resumed run did itself', () => {
    vi.stubEnv('TERM', 'xterm');
    const { progress, written, time } = start({ terminal: true, start: 9000 });
    time.now += 60_000;
    progress.update({ step: 9500 });
    expect(written[0]).toContain('95 %  ETA 1 min 00 s  elapsed 1 min 00 s');
  });

  it('uses plain lines on a dumb terminal', () => {
    vi.stubEnv('TERM', 'dumb');
    const { progress, written } = start({ terminal: true });
    progress.update({ step: 1 });
    expect(written[0]).toBe('1/10 000  0 %  elapsed 0 s\n');
  });
});

describe('elsewhere', () => {
  it('writes a whole line now and then, and the last state', () => {
    const { progress, written, time } = start({ terminal: false, plainEvery: 10, total: 50, columns: 10 });
    for (let step = 0; step <= 50; step++, time.now += 500) progress.update({ step, loss: 1 });
    progress.note('best so far');
    progress.done();
    expect(written).toEqual([
      '0/50  0 %  loss 1.000  elapsed 0 s\n',
      '20/50  40 %  loss 1.000  ETA 15 s  elapsed 10 s\n',
      '40/50  80 %  loss 1.000  ETA 5 s  elapsed 20 s\n',
      'best so far\n',
      '50/50  100 %  loss 1.000  elapsed 25 s\n',
    ]);
  });
});

it.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3599, '59 min 59 s'],
  [3720, '1 h 02 min'],
  [86_399, '23 h 59 min'],
  [273_600, '3 d 04 h'],
  [Number.POSITIVE_INFINITY, '?'],
  [-1, '0 s'],
])('formats %d seconds as %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

it.each([
  [0.04, '0.0 tok/s'],
  [950, '950 tok/s'],
  [999.4, '999 tok/s'],
  [999.6, '1.0 k tok/s'],
  [1234, '1.2 k tok/s'],
  [9960, '10 k tok/s'],
  [12_345, '12 k tok/s'],
  [1_250_000, '1.3 M tok/s'],
  [Number.NaN, '? tok/s'],
])('formats %d tokens per second as %s', (rate, text) => expect(formatRate(rate, 'token')).toBe(text));

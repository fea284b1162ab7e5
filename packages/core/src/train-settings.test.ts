import { expect, test } from 'vitest';
import { changedSettings, UPDATE_DEFAULTS, updateOptions } from './train-settings.ts';

const SETTINGS = { ...UPDATE_DEFAULTS, steps: 100, lr: 1, warmup: 10, cooldown: 20 };

test('each schedule warms up to the peak, then goes its own way', () => {
  const rates = (schedule: 'stable' | 'inverse-sqrt' | 'cosine') =>
    [4, 9, 50, 89, 99].map((step) => updateOptions({ ...SETTINGS, schedule }).schedule(step));
  for (const schedule of ['stable', 'inverse-sqrt', 'cosine'] as const) {
    expect(rates(schedule)[0], schedule).toBeCloseTo(0.5, 6);
    expect(rates(schedule)[1], schedule).toBeCloseTo(1, 6);
  }
  expect(rates('stable')[2]).toBe(1);
  expect(rates('stable')[3]).toBeLessThan(1);
  expect(rates('inverse-sqrt')[2]).toBeLessThan(0.5);
  expect(rates('cosine')[2]).toBeLessThan(1);
  expect(rates('cosine')[4]).toBeLessThan(0.01);
});

test('no clipping at 0', () => {
  expect(updateOptions(SETTINGS).clipNorm).toBe(1);
  expect(updateOptions({ ...SETTINGS, clipNorm: 0 }).clipNorm).toBeUndefined();
});

test('changed settings by name: objects by their content, and only the names asked for', () => {
  const before = { lr: 1, model: { dim: 8 }, seed: 1 };
  expect(changedSettings(before, { lr: 2, model: { dim: 8 }, seed: 2, mixup: 0 })).toEqual(['lr', 'seed', 'mixup']);
  expect(changedSettings(before, { lr: 2, model: { dim: 4 }, seed: 2 }, ['model', 'lr'])).toEqual(['model', 'lr']);
});

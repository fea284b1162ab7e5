import { expect, test } from 'vitest';
import { changedSettings, UPDATE_DEFAULTS, updateOptions } from './train-settings.ts';

const SETTINGS = { ...UPDATE_DEFAULTS, steps: 100, lr: 1, warmup: 10, cooldown: 20 };

test('each schedule by its name', () => {
  const rates = (schedule: 'stable' | 'inverse-sqrt' | 'cosine' | 'linear') =>
    [4, 30, 90, 100].map((step) => updateOptions({ ...SETTINGS, schedule }).schedule(step));
  expect(rates('stable')).toEqual([0.5, 1, 0.5, 0]);
  expect(rates('inverse-sqrt')).toEqual([0.5, Math.sqrt(10 / 31), Math.sqrt(10 / 91), Math.sqrt(10 / 101)]);
  expect(rates('linear')).toEqual([0.4, 70 / 90, 10 / 90, 0]);
  expect(rates('cosine')[0]).toBe(0.4);
  expect(rates('cosine')[1]).toBeCloseTo(0.5 * (1 + Math.cos((Math.PI * 20) / 90)), 12);
  expect(rates('cosine')[3]).toBeCloseTo(0, 12);
});

test('no clipping at 0', () => {
  expect(updateOptions(SETTINGS).clipNorm).toBe(1);
  expect(updateOptions({ ...SETTINGS, clipNorm: 0 }).clipNorm).toBeUndefined();
});

test("Adam's constants: ours unless others are given", () => {
  expect(updateOptions(SETTINGS).adam).toEqual({ beta2: 0.98, epsilon: 1e-9, weightDecay: 0, l2: 0 });
  const { epsilon: _, l2: __, ...older } = SETTINGS;
  expect(updateOptions(older).adam).toEqual(updateOptions(SETTINGS).adam);
  const theirs = { ...SETTINGS, beta2: 0.999, epsilon: 1e-8, l2: 0.1 };
  expect(updateOptions(theirs).adam).toEqual({ beta2: 0.999, epsilon: 1e-8, weightDecay: 0, l2: 0.1 });
});

test('changed settings by name: objects by their content, and only the names asked for', () => {
  const before = { lr: 1, model: { dim: 8 }, seed: 1 };
  expect(changedSettings(before, { lr: 2, model: { dim: 8 }, seed: 2, mixup: 0 })).toEqual(['lr', 'seed', 'mixup']);
  expect(changedSettings(before, { lr: 2, model: { dim: 4 }, seed: 2 }, ['model', 'lr'])).toEqual(['model', 'lr']);
});

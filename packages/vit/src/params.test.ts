import { readFileSync } from 'node:fs';
import { countSpec, disposeTree, flatten, flattenSpec, product, type SpecTree } from '@ringformer/core';
import { withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { baselines } from './baselines/index.ts';
import { architectureOf, initVit, type SizeName, sizeNames, vitSize } from './index.ts';

beforeAll(startCpu);

type Counted = {
  readonly task: string;
  readonly model: string;
  readonly size: SizeName;
  readonly trainable: number;
  readonly trainable_100cls: number;
  readonly groups: Record<string, number>;
  readonly fixed: { readonly pos_or_level_table?: number };
};
const COUNTED = (
  JSON.parse(readFileSync(new URL('../../../fixtures/params.json', import.meta.url), 'utf8')) as Counted[]
).filter(({ task }) => task === 'vision');

/** The groups in which the reference's parameters are counted. */
const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/^patches|^classToken/, 'patch+cls'],
  [/^head/, 'head'],
  [/norm\./i, 'norms'],
  [/signals/, 'level_signals'],
  [/^table/, 'pos_or_level_table'],
  [/./, 'blocks'],
];

const layoutOf = (config: ReturnType<typeof vitSize>) =>
  architectureOf({ config, architecture: baselines[config.architecture] });

describe("as many parameters as the reference's models, group by group", () => {
  test('all sizes of all four', () => {
    expect(COUNTED.map(({ model, size }) => `${model} ${size}`).sort()).toEqual(
      ['ring', 'vanilla', 'universal', 'owf'].flatMap((model) => sizeNames.map((size) => `${model} ${size}`)).sort(),
    );
  });

  test.each(COUNTED)('$model $size', ({ model, size, groups, trainable, trainable_100cls, fixed }) => {
    const config = vitSize(size, { architecture: model });
    const { spec, tables } = layoutOf(config);
    const found: Record<string, number> = {};
    for (const [name, one] of flattenSpec(spec(config) as SpecTree)) {
      const group = GROUPS.find(([pattern]) => pattern.test(name))?.[1] as string;
      found[group] = (found[group] ?? 0) + countSpec({ one });
    }
    expect(found).toEqual(groups);
    expect(countSpec(spec(config) as SpecTree)).toBe(trainable);
    expect(countSpec(spec({ ...config, classes: 100 }) as SpecTree)).toBe(trainable_100cls);
    const fixedSizes = tables(config).map(({ shape }) => product(shape));
    expect(fixedSizes.reduce((total, n) => total + n, 0)).toBe(fixed.pos_or_level_table ?? 0);
  });
});

test.each(['ring', 'vanilla', 'universal', 'owf'])('a new model, %s, starts as the reference does', (architecture) =>
  withoutLeaks(async () => {
    const sizes = { dim: 32, heads: 4, mlpDim: 64, levels: 3, rank: 2, imageSize: 16, patchSize: 4, classes: 50 };
    const config = vitSize('S_16', { architecture, ...sizes });
    const { params } = initVit(config, 5, baselines[architecture] as never);
    const xavier = Math.sqrt(6 / (32 + 64));
    for (const [name, leaf] of Object.entries(flatten(params))) {
      const values = (await leaf.data()) as Float32Array;
      const most = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      const bound = (limit: number) => {
        expect(most, name).toBeLessThanOrEqual(limit);
        if (values.length > 200) expect(most, name).toBeGreaterThan(0.95 * limit);
      };
      if (/norm\.weight$/i.test(name)) expect([Math.min(...values), most], name).toEqual([1, 1]);
      else if (/norm\.bias$|\.up$|classToken/i.test(name)) expect(most, name).toBe(0);
      else if (/\.down$/.test(name)) expect(most, name).toBeLessThan(1e-5);
      else if (/fc\d\.weight/.test(name)) bound(xavier);
      else if (/fc\d\.bias/.test(name)) expect(most, name).toBeLessThan(1e-5);
      else if (/patches/.test(name)) bound((3 * 4 * 4) ** -0.5);
      else bound(32 ** -0.5);
    }
    disposeTree(params);
  }),
);

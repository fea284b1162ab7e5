import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { expectClose, withoutLeaks } from './testing/expect.ts';
import { countParams, disposeTree, flatten, leaves, mapTree, refill, unstackTree } from './tree.ts';

beforeAll(startCpu);

const make = () => ({ b: { w: tf.tensor2d([[1, 2]]), none: undefined }, a: tf.scalar(3) });

test('names are paths, in the order of the tree', () =>
  withoutLeaks(() => {
    const tree = make();
    expect(Object.keys(flatten(tree))).toEqual(['b.w', 'a']);
    expect(leaves(tree)).toEqual([tree.b.w, tree.a]);
    expect(countParams(tree)).toBe(3);
    disposeTree(tree);
  }));

test('mapTree and refill keep the form and leave out what is absent', () =>
  withoutLeaks(() => {
    const tree = make();
    const seen: string[] = [];
    const same = mapTree(tree, (leaf, name) => {
      seen.push(name);
      return leaf;
    });
    expect(seen).toEqual(['b.w', 'a']);
    expect(same.b.w).toBe(tree.b.w);
    expect('none' in same.b).toBe(false);
    const turned = refill(tree, [tree.a, tree.b.w]);
    expect(turned.b.w).toBe(tree.a);
    expect(turned.a).toBe(tree.b.w);
    disposeTree(tree);
  }));

test('unstackTree gives each level its slice', () =>
  withoutLeaks(async () => {
    const stacked = {
      w: tf.tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      deep: { s: tf.tensor1d([7, 8, 9]) },
    };
    const levels = unstackTree(stacked);
    expect(levels.length).toBe(3);
    await expectClose(levels[1]!.w, [3, 4]);
    expect(levels[2]!.deep.s.shape).toEqual([]);
    await expectClose(levels[2]!.deep.s, [9]);
    for (const tree of [stacked, ...levels]) disposeTree(tree);
  }));

import { disposeTree, type Tree } from '@ringformer/core';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { tinyConfig } from '@ringformer/test-tools/translation/tiny';
import type * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Architecture, Seq2seq } from '../architecture.ts';
import { initSeq2seq } from '../checkpoint.ts';
import type { AnyParams } from '../params.ts';
import { crossParts, decoderParts, encoderParts } from '../parts.ts';
import { oneWideFfn, universal, vanilla } from './index.ts';

beforeAll(startCpu);

const SPAN = { start: 0, length: 5 };

function partsOf<P extends AnyParams>(architecture: Architecture<P>) {
  const config = tinyConfig({ architecture: architecture.name });
  const { params }: Seq2seq<P> = initSeq2seq(config, 1, architecture);
  const parts = {
    encoder: encoderParts({ architecture, config, params }, SPAN),
    decoder: decoderParts({ architecture, config, params }, SPAN),
    cross: crossParts({ architecture, config, params }),
  };
  disposeTree(params as Tree);
  return parts;
}

const distinct = (items: readonly unknown[]) => new Set(items).size;

describe('what levels share', () => {
  test('vanilla: nothing; the sublayers of a layer share its norm', () => {
    const { encoder, decoder, cross } = partsOf(vanilla);
    expect([distinct(encoder.map(({ attn }) => attn)), distinct(decoder.map(({ ffn }) => ffn))]).toEqual([2, 3]);
    for (const { attnNorm, ffnNorm } of encoder) expect(ffnNorm).toBe(attnNorm);
    for (const { selfNorm, crossNorm, ffnNorm } of decoder) expect([crossNorm, ffnNorm]).toEqual([selfNorm, selfNorm]);
    expect(distinct(decoder.map(({ selfNorm }) => selfNorm))).toBe(3);
    expect(cross).toEqual(decoder.map(({ cross }) => cross));
  });

  test('one wide ffn: the encoder shares its feed-forward network and norm; the decoder has none', () => {
    const { encoder, decoder, cross } = partsOf(oneWideFfn);
    expect([distinct(encoder.map(({ ffn }) => ffn)), distinct(encoder.map(({ ffnNorm }) => ffnNorm))]).toEqual([1, 1]);
    expect([distinct(encoder.map(({ attn }) => attn)), distinct(encoder.map(({ attnNorm }) => attnNorm))]).toEqual([
      2, 2,
    ]);
    for (const level of decoder) {
      expect(Object.keys(level).sort()).toEqual(['cross', 'crossNorm', 'self', 'selfNorm']);
      expect(level.crossNorm).toBe(level.selfNorm);
    }
    expect(distinct(cross)).toBe(3);
  });

  test('universal: everything except the table added before each level', () => {
    const { encoder, decoder, cross } = partsOf(universal);
    for (const levels of [encoder, decoder]) {
      const [first, second] = levels.map(({ table, ...level }) => ({ table: table as tf.Tensor, level }));
      expect(second!.level).toEqual(first!.level);
      expect(first!.table.shape).toEqual([1, 5, 8]);
      expect([...second!.table.dataSync()]).not.toEqual([...first!.table.dataSync()]);
    }
    expect(cross.length).toBe(1);
    expect(encoder[0]!.attnNorm).not.toBe(encoder[0]!.ffnNorm);
  });
});

import { type FusedSeq2seq, type Raw, readSafetensors } from '@ringformer/core';
import { type Beams, comparison, note } from '@ringformer/core/testing';
import { startFused } from '@ringformer/wasm/fused';
import { describe, expect, test } from 'vitest';
import { beamSearch, greedySearch } from '../../../seq2seq/src/index.ts';
import { readWeights } from '../../../seq2seq/src/weights.ts';
import { beamOptions, fixtureCase, fixtureConfig, fixtureFile } from '../../../seq2seq/test/fixture-case.ts';
import { readVitWeights } from '../../../vit/src/index.ts';
import * as vit from '../../../vit/test/fixture-case.ts';

// The fused engine shows no level and does not train: what it gives is logits, and what search makes of them.

const json = (name: string, file: string) => JSON.parse(new TextDecoder().decode(fixtureFile(name, file)));
const rowsOf = ({ data, shape }: Raw) =>
  Array.from({ length: shape[0] as number }, (_, i) =>
    Array.from(data.subarray(i * (shape[1] as number), (i + 1) * (shape[1] as number))),
  );

/** Runs `work` on a model and sees that the decodings it opened gave their memory back. */
async function withModel(name: string, work: (model: FusedSeq2seq) => Promise<void>): Promise<void> {
  const config = fixtureConfig(name);
  const { fused } = await startFused();
  const model = await fused.seq2seq(config, readWeights(config, fixtureFile(name, 'weights.safetensors')));
  await work(model);
  const once = model.bytes;
  await work(model);
  expect(model.bytes, 'bytes after a second time').toBe(once);
  model.dispose();
}

describe.each(['ring_a', 'ring_b', 'ring_c'])('%s on the fused engine', (name) => {
  test('logits', ({ task }) =>
    withModel(name, async (model) => {
      const compare = comparison(task, 'wasm', 'level', 'fused');
      const { src, trg, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
      const target = rowsOf(trg as Raw);
      const decoding = model.open(rowsOf(src as Raw), { rows: target.length });
      const [rows, length, v] = (logits as Raw).shape as [number, number, number];
      for (let i = 0; i < length; i++) {
        decoding.step(
          target.map((row) => row[i] as number),
          1,
        );
        const want = Array.from({ length: rows }, (_, r) => [
          ...(logits as Raw).data.subarray((r * length + i) * v, (r * length + i + 1) * v),
        ]);
        await compare([...decoding.logits()], want.flat());
      }
      decoding.dispose();
    }));

  test('greedy search', ({ task }) =>
    withModel(name, async (model) => {
      note(task, 'fused');
      const { src, sos, steps, output } = json(name, 'greedy.json');
      const limits = src.map(() => steps);
      const found = await greedySearch(model.open(src, { rows: src.length }), { startId: sos, limits });
      expect(found.map(({ tokens }) => tokens)).toEqual(output);
    }));

  test('beam search', ({ task }) =>
    withModel(name, async (model) => {
      const compare = comparison(task, 'wasm', 'score', 'fused');
      const options = beamOptions(json(name, 'greedy.json'));
      const { src } = json(name, 'greedy.json');
      const wanted = fixtureCase(name).recorded.beams as Beams;
      const found = await beamSearch(model.open(src, { rows: src.length * options.beams }), options);
      expect(found.map((beams) => beams.map(({ tokens }) => tokens))).toEqual(
        wanted.map((beams) => beams.map(({ tokens }) => tokens)),
      );
      const scores = (beams: Beams) => beams.flatMap((sentence) => sentence.map(({ score }) => score));
      await compare(scores(found), scores(wanted));
    }));
});

for (const name of ['vision_ring_a', 'vision_ring_b']) {
  test(`${name} on the fused engine: logits`, async ({ task }) => {
    const compare = comparison(task, 'wasm', 'level', 'fused');
    const config = vit.fixtureConfig(name);
    const { fused } = await startFused();
    const model = await fused.vision(config, readVitWeights(config, fixtureFile(name, 'weights.safetensors')));
    const { images, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
    await compare([...model.classify((images as Raw).data as Float32Array)], [...(logits as Raw).data]);
    model.dispose();
  });
}

import { readFileSync } from 'node:fs';
import { importNames, type NameTable, type Raw, readSafetensors } from '@ringformer/core/base';
import { expectClose } from '@ringformer/core/testing';
import { describe, expect, test, vi } from 'vitest';
import { enableRelaxedSimd, startFused } from './index.ts';

enableRelaxedSimd();

const file = (name: string, what: string) =>
  readFileSync(new URL(`../../../../fixtures/${name}/${what}`, import.meta.url));

const AFFINE = ['weight', 'bias'];
const encoder = 'transformer.encoder';
const NAMES: NameTable = [
  ['classToken', 'transformer.embeddings.cls_token'],
  ...AFFINE.flatMap(
    (leaf): NameTable => [
      [`patches.${leaf}`, `transformer.embeddings.patch_embeddings.${leaf}`],
      ...['query', 'key', 'value', 'out'].map(
        (name) => [`shared.attn.${name}.${leaf}`, `${encoder}.layers.0.attn.${name}.${leaf}`] as const,
      ),
      ...['fc1', 'fc2'].map(
        (name) => [`shared.ffn.${name}.${leaf}`, `${encoder}.layers.0.ffn.${name}.${leaf}`] as const,
      ),
      [`levels.attnNorm.${leaf}`, `${encoder}.ATTN_layer_norms.{i}.${leaf}`],
      [`levels.ffnNorm.${leaf}`, `${encoder}.FF_layer_norms.{i}.${leaf}`],
      [`norm.${leaf}`, `${encoder}.encoder_norm.${leaf}`],
      [`head.${leaf}`, `head.${leaf}`],
    ],
  ),
  ...Object.entries({
    query: 'ATTN_lev_embed_Q',
    key: 'ATTN_lev_embed_K',
    value: 'ATTN_lev_embed_V',
    ffn: 'lev_embed_FF',
  }).flatMap(
    ([ours, theirs]): NameTable => [
      [`levels.signals.${ours}.up`, `${encoder}.${theirs}_01`],
      [`levels.signals.${ours}.down`, `${encoder}.${theirs}_02`],
    ],
  ),
];

test('says what is missing where there is no SIMD', async () => {
  const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  await expect(startFused()).rejects.toMatchObject({ code: 'no-backend', message: /no WebAssembly SIMD/ });
  validate.mockRestore();
});

const load = (name: string) => {
  const theirs = JSON.parse(file(name, 'config.json').toString());
  const config = {
    dim: theirs.hidden,
    heads: theirs.heads,
    mlpDim: theirs.mlp,
    levels: theirs.levels,
    rank: theirs.attn_rank,
    ffnRank: theirs.ffn_rank,
    imageSize: theirs.img,
    patchSize: theirs.patch,
    channels: 3,
    classes: theirs.classes,
    normEpsilon: 1e-5,
    lastEpsilon: 1e-6,
  };
  const weights = importNames(NAMES, readSafetensors(file(name, 'weights.safetensors')).tensors);
  const { images, logits } = readSafetensors(file(name, 'io.safetensors')).tensors as Record<string, Raw>;
  return { config, weights, images: images!.data as Float32Array, logits: logits!.data as Float32Array };
};

describe.each(['vision_ring_a', 'vision_ring_b'])('%s', (name) => {
  test.each(['auto', false] as const)('the recorded logits of the reference, relaxed SIMD %s', async (relaxedSimd) => {
    const { config, weights, images, logits } = load(name);
    const { fused } = await startFused({ relaxedSimd });
    const model = await fused.vision(config, weights, { threads: 2 });
    await expectClose([...model.classify(images)], [...logits], { atol: 1e-4 });
    const one = images.subarray(0, images.length / (logits.length / config.classes));
    expect(model.classify(one)).toEqual(model.classify(images).slice(0, config.classes));
    expect(model.classify(images, config.levels - 1)).not.toEqual(model.classify(images));
    model.dispose();
    expect(() => model.classify(images)).toThrow('disposed');
  });

  test('more images than are passed at once, int8 near float32, and bad input', async () => {
    const { config, weights, images, logits } = load(name);
    const { fused } = await startFused();
    const model = await fused.vision(config, weights, { threads: 1, precision: 'int8' });
    const many = new Float32Array(images.length * 9);
    for (let i = 0; i < 9; i++) many.set(images, i * images.length);
    const found = model.classify(many);
    expect(found.subarray(0, logits.length)).toEqual(found.subarray(8 * logits.length));
    const error = Math.hypot(...found.subarray(0, logits.length).map((x, i) => x - logits[i]!)) / Math.hypot(...logits);
    expect(error).toBeLessThan(0.1);
    expect(() => model.classify(images.subarray(1))).toThrow('a multiple of 3');
    expect(() => model.classify(images, config.levels + 1)).toThrow(`1 to ${config.levels}`);
    model.dispose();
  });
});

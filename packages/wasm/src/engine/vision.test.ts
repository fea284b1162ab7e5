import { type Raw, readSafetensors } from '@ringformer/core/base';
import { expectClose } from '@ringformer/core/testing';
import { fixtureConfig, fixtureFile } from '@ringformer/test-tools/vision/fixtures';
import { NATIVE } from '@ringformer/test-tools/wasm';
import { readWeights, ringFormer } from '@ringformer/vit';
import { describe, expect, test, vi } from 'vitest';
import { enableRelaxedSimd, startEngine } from './index.ts';

enableRelaxedSimd();

test('says what is missing if there is no SIMD', async () => {
  const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  await expect(startEngine({ native: false })).rejects.toMatchObject({
    code: 'no-backend',
    message: expect.stringMatching(/WebAssembly SIMD is missing/),
  });
  validate.mockRestore();
});

const load = (name: string) => {
  const config = fixtureConfig(name);
  const weights = readWeights(config, fixtureFile(name, 'weights.safetensors'));
  const { images, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
  return { config, weights, images: images!.data as Float32Array, logits: logits!.data as Float32Array };
};

describe.each(['vision_ring_a', 'vision_ring_b'])('%s', (name) => {
  test.each([
    ...NATIVE.map((native) => ({ native, relaxedSimd: 'auto' as const })),
    { native: false as const, relaxedSimd: false as const },
  ])('the recorded logits of the reference, %j', async (options) => {
    const { config, weights, images, logits } = load(name);
    const { engine } = await startEngine(options);
    const model = await engine.vision(config, weights, ringFormer, { threads: 2 });
    await expectClose([...model.classify(images)], [...logits], { atol: 1e-4 });
    const one = images.subarray(0, images.length / (logits.length / config.classes));
    expect(model.classify(one)).toEqual(model.classify(images).slice(0, config.classes));
    expect(model.classify(images, config.levels - 1)).not.toEqual(model.classify(images));
    model.dispose();
    expect(() => model.classify(images)).toThrow('disposed');
  });

  test.each(NATIVE)(
    'more images than are processed at once, int8 close to float32, and bad input, native kernels: %s',
    async (native) => {
      const { config, weights, images, logits } = load(name);
      const { engine } = await startEngine({ native });
      const model = await engine.vision(config, weights, ringFormer, { threads: 1, precision: 'int8' });
      const many = new Float32Array(images.length * 9);
      for (let i = 0; i < 9; i++) many.set(images, i * images.length);
      const found = model.classify(many);
      expect(found.subarray(0, logits.length)).toEqual(found.subarray(8 * logits.length));
      const error =
        Math.hypot(...found.subarray(0, logits.length).map((x, i) => x - logits[i]!)) / Math.hypot(...logits);
      expect(error).toBeLessThan(0.1);
      expect(() => model.classify(images.subarray(1))).toThrow('a multiple of 3');
      expect(() => model.classify(images, config.levels + 1)).toThrow(`1 to ${config.levels}`);
      model.dispose();
    },
  );
});

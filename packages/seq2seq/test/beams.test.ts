import { writeFileSync } from 'node:fs';
import { crossEntropy, disposeTree } from '@ringformer/core';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { FIXTURES, fixtureCase, fixtureConfig, fixtureFile } from '@ringformer/test-tools/translation/fixtures';
import { architectures, ids } from '@ringformer/test-tools/translation/tiny';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { decode, encode } from '../src/index.ts';

beforeAll(startCpu);

// RECORD_BEAMS=1 writes beam.json again, from this very search on backend cpu.
test.each(FIXTURES)('%s: the recorded hypotheses score what one pass over them says', async (name) => {
  const config = fixtureConfig(name);
  const fixture = fixtureCase(name);
  const params = fixture.load();
  if (process.env.RECORD_BEAMS) {
    const found = await fixture.search?.(params);
    const file = new URL(`../../../fixtures/${name}/beam.json`, import.meta.url);
    writeFileSync(file, `${JSON.stringify(found, undefined, 1)}\n`);
  }
  const beams: { tokens: number[]; score: number }[][] = JSON.parse(
    new TextDecoder().decode(fixtureFile(name, 'beam.json')),
  );
  const { src, sos, eos, steps } = JSON.parse(new TextDecoder().decode(fixtureFile(name, 'greedy.json')));
  const model = { config, params, architecture: architectures[config.architecture] };
  expect(beams.map((sentence) => sentence.length)).toEqual([4, 4, 4]);
  for (const [i, sentence] of beams.entries()) {
    for (const { tokens, score } of sentence) {
      const labels = tokens.length < steps ? [...tokens, eos] : tokens;
      const [nats] = tf.tidy(() => {
        const memory = encode(model, ids([src[i]]));
        const { logits } = decode(model, memory, ids([[sos, ...labels.slice(0, -1)]]));
        return crossEntropy(logits, ids([labels]), { padId: -1 }).dataSync();
      });
      expect(-(nats as number) * labels.length).toBeCloseTo(score * ((5 + labels.length) / 6), 3);
    }
  }
  disposeTree(params);
});

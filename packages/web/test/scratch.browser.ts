import { registerGradients } from '@ringformer/wasm/gradients';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import { valueAndGrads } from '@ringformer/core';
import { test } from 'vitest';
import { fixtureCase } from '../../seq2seq/test/fixture-case.ts';

test('x', async () => {
  registerGradients();
  tf.env().set('WEBGPU_CPU_FORWARD', false); tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 500);
  await tf.setBackend('webgpu');
  const b = tf.backend() as any;
  const t0 = performance.now();
  const log = (s: string) =>
    console.log((performance.now() - t0).toFixed(0), s, Object.keys(b.pipelineCache).length, n);
  const run = b.recordAndSubmit.bind(b);
  let n = 0;
  b.recordAndSubmit = (p: any, ...rest: any[]) => {
    n++;
    return run(p, ...rest);
  };
  const c = fixtureCase('ring_a');
  const params = c.load();
  for (let i = 0; i < 3; i++) {
    const f2 = tf.tidy(() => c.forward(params));
    log('enq');
    await f2.logits!.data();
    log('fwd');
  }
  for (let i = 0; i < 3; i++) {
    const f2 = valueAndGrads(c.loss, params);
    log('enq');
    await f2.value.data();
    log('value');
    await (f2.grads as any).encoder.tokens.data();
    log('grad');
  }
}, 200_000);

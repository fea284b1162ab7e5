// The same job for each peer: sources → greedy tokens, exactly `steps` of them. `onLogits` is called at each
// step; if `forced` sentences are given, their tokens are read instead of those found.

import { ringFormer } from '../packages/seq2seq/dist/engine.js';

/** With our engine; `engine` is a started backend's. */
export async function ours(engine, config, weights, { precision = 'f32', threads = 1 } = {}) {
  const model = await engine.seq2seq(config, weights, ringFormer, { precision, threads });
  const run = (sources, steps, onLogits, forced) => {
    const decoding = model.open(sources, { rows: sources.length, scores: Boolean(onLogits) });
    let tokens = sources.map(() => config.bosId);
    const rows = sources.map(() => []);
    for (let i = 0; i < steps; i++) {
      tokens = [...decoding.step(tokens, 1).ids];
      onLogits?.(i, decoding.logits());
      tokens.forEach((token, row) => rows[row].push(token));
      if (forced) tokens = forced.map((row) => row[i]);
    }
    decoding.dispose();
    return rows;
  };
  return { run: async (...job) => run(...job), end: () => model.dispose() };
}

/** With ONNX Runtime, native or web. `ort` is its module; `options` are those of the sessions that encode and decode. */
export async function onnxRuntime(ort, config, graphs, options = {}) {
  const settings = { graphOptimizationLevel: 'all', executionMode: 'sequential' };
  const encoder = await ort.InferenceSession.create(graphs.encode, { ...settings, ...options.encode });
  const decoder = await ort.InferenceSession.create(graphs.decode, { ...settings, ...options.decode });
  const { heads, dim, decoderLevels } = config;
  const integers = (values, shape) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);
  const run = async (sources, steps, onLogits, forced) => {
    const [b, m] = [sources.length, sources[0].length];
    const memory = await encoder.run({
      ids: integers(sources.flat(), [b, m]),
      positions: integers([...Array(m).keys()], [m]),
    });
    const empty = new ort.Tensor('float32', new Float32Array(0), [b, heads, 0, dim / heads]);
    let past = Array.from({ length: decoderLevels }, () => [empty, empty]);
    let ids = integers(Array(b).fill(config.bosId), [b, 1]);
    const rows = sources.map(() => []);
    for (let i = 0; i < steps; i++) {
      const feeds = { ids, position: integers([i], [1]), ...memory };
      past.forEach(([key, value], level) => {
        feeds[`pastKey.${level}`] = key;
        feeds[`pastValue.${level}`] = value;
      });
      const found = await decoder.run(feeds);
      if (onLogits) onLogits(i, found.logits.data);
      ids = found.next;
      past = past.map((_, level) => [found[`key.${level}`], found[`value.${level}`]]);
      ids.data.forEach((token, row) => rows[row].push(Number(token)));
      if (forced)
        ids = integers(
          forced.map((row) => row[i]),
          [b, 1],
        );
    }
    return rows;
  };
  return { run, end: () => Promise.all([encoder.release(), decoder.release()]) };
}

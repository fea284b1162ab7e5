import type { ModelBackend, Precision, Raw } from '@ringformer/core/base';
import { type Finding, type Recording, requireKeys, TOLERANCES } from '@ringformer/core/parity';
import type { Seq2seqEngine } from '@ringformer/seq2seq/engine';
import type { VisionEngine } from '@ringformer/vit/engine';
import { differing, finding, largestDeviation } from '../../../core/src/parity/compare.ts';
import { architectureNamed, vitArchitectureNamed } from '../architecture.ts';
import { startOnnxEngine, startWasmEngine } from '../backends.ts';
import { FailedError } from '../errors.ts';

export type EngineChoice = {
  readonly engine: 'wasm' | 'onnx';
  readonly threads: number | 'auto';
  readonly precision: Precision | 'auto';
  readonly providers?: readonly string[];
};

/** A fixture on an engine: what it is, and what it finds. */
export type Checked = { readonly name: string; readonly sizes: string; readonly findings: readonly Finding[] };

/**
 * Compares what an engine computes, which shows no levels and does not train, with a recording: all probabilities, and for
 * translation models what greedy search finds. @throws FailedError if the engine cannot run the model
 */
export async function checkOnEngine(recording: Recording, choice: EngineChoice): Promise<Checked> {
  const backend = choice.engine === 'onnx' ? await startOnnxEngine(choice.providers) : await startWasmEngine();
  const { task, model } = recording.settings;
  const architecture = String(model);
  const { engine } = backend as Required<Pick<ModelBackend, 'engine'>>;
  const { architectures } = engine;
  if (architectures !== 'any' && !architectures.includes(architecture)) {
    throw new FailedError(
      `${recording.name}: the engine ${engine.name} runs no models of architecture '${architecture}', only ${architectures.join(', ')}. Leave --engine out, or use --engine tfjs.`,
    );
  }
  const { threads, precision } = choice;
  const options = { threads, precision };
  return task === 'vision'
    ? checkImages(recording, engine as VisionEngine, options)
    : checkSentences(recording, engine as Seq2seqEngine, options);
}

type Options = Pick<EngineChoice, 'threads' | 'precision'>;
const { level } = TOLERANCES.wasm;

async function checkImages(recording: Recording, engine: VisionEngine, options: Options): Promise<Checked> {
  const { architectureOf, readWeights } = await import('@ringformer/vit');
  const { recordedConfig } = await import('@ringformer/vit/parity');
  const config = recordedConfig(recording.settings);
  const plan = architectureOf({ config, architecture: await vitArchitectureNamed(config.architecture) });
  const { images, logits } = requireKeys('io.safetensors', recording.io, ['images', 'logits']) as Recorded;
  const model = await engine.vision(config, readWeights(config, recording.weights, plan), plan, options);
  try {
    const found = await model.classify(images.data as Float32Array);
    const findings = [finding('logits', largestDeviation(found, logits.data), level)];
    return { name: recording.name, sizes: `${config.levels} levels, dim ${config.dim}`, findings };
  } finally {
    model.dispose();
  }
}

async function checkSentences(recording: Recording, engine: Seq2seqEngine, options: Options): Promise<Checked> {
  const { architectureOf, greedySearch, readWeights } = await import('@ringformer/seq2seq');
  const { recordedConfig, recordedSearch } = await import('@ringformer/seq2seq/parity');
  const config = recordedConfig(recording.settings);
  const plan = architectureOf({ config, architecture: await architectureNamed(config.architecture) });
  const io = requireKeys('io.safetensors', recording.io, ['src', 'trg', 'logits']) as Recorded;
  const { src, sos, steps, output } = recordedSearch(recording);
  const model = await engine.seq2seq(config, readWeights(config, recording.weights, plan), plan, options);
  try {
    const [rows, length, v] = io.logits.shape as [number, number, number];
    const target = rowsOf(io.trg);
    const decoding = model.open(rowsOf(io.src), { rows });
    const found = new Float32Array(rows * length * v);
    for (let i = 0; i < length; i++) {
      const { ids, logProbs } = await decoding.step(
        target.map((row) => row[i]!),
        v,
      );
      ids.forEach((id, at) => {
        found[(Math.floor(at / v) * length + i) * v + id] = logProbs[at]!;
      });
    }
    decoding.dispose();
    const open = model.open(src, { rows: src.length });
    const greedy = await greedySearch(open, { startId: sos, limits: src.map(() => steps) });
    const findings = [
      finding('log-probabilities', largestDeviation(found, logSoftmax(io.logits.data, v)), level),
      finding(
        'greedy ids that differ',
        differing(
          greedy.map(({ tokens }) => tokens),
          output,
        ),
        0,
      ),
    ];
    const { encoderLevels, decoderLevels, dim } = config;
    return { name: recording.name, sizes: `${encoderLevels}+${decoderLevels} levels, dim ${dim}`, findings };
  } finally {
    model.dispose();
  }
}

type Recorded = Readonly<Record<string, Raw>> & { readonly [name in 'images' | 'logits' | 'src' | 'trg']: Raw };

/** [b n] → b lists of n ids */
function rowsOf({ data, shape }: Raw): number[][] {
  const [rows = 0, length = 0] = shape;
  return Array.from({ length: rows }, (_, i) => Array.from(data.slice(i * length, (i + 1) * length)));
}

/** Natural logarithms of softmax over the last axis, of `size`. */
function logSoftmax(logits: Raw['data'], size: number): Float32Array {
  const out = Float32Array.from(logits);
  for (let at = 0; at < out.length; at += size) {
    const row = out.subarray(at, at + size);
    const most = row.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0)) + most;
    row.forEach((x, i) => {
      row[i] = x - total;
    });
  }
  return out;
}

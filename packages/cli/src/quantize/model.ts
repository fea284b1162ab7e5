import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core/base';
import { quantizeSeq2seq, readConfig, readWeights, type Storage } from '@ringformer/seq2seq/engine';
import { architectureNamed } from '../architecture.ts';
import { FailedError } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { findModel, NAMES } from '../model.ts';
import { newFolder, newPath } from '../new-folder.ts';
import { throwIfStopped } from '../stop.ts';
import { table } from '../table.ts';

export type QuantizeRequest = {
  readonly io: Io;
  readonly model: string | undefined;
  readonly output: string;
  readonly to: Storage;
  readonly json: boolean;
};

/** Writes the converted model; its directory appears whole or not at all. */
export async function quantizeModel({ io, model, output, to, json }: QuantizeRequest): Promise<void> {
  const target = newPath(output, 'directory');
  const files = await findModel(model);
  const read = (file: string | URL) => readFileSync(file instanceof URL ? fileURLToPath(file) : file);
  const [config, tokenizer, weights] = [read(files.config), read(files.tokenizer), read(files.weights)];
  if (Object.values(readSafetensors(weights).tensors).some(({ dtype }) => dtype === 'I8')) {
    throw new FailedError(
      'This model is already quantised to int8, and the lost precision cannot be recovered. Quantise the original instead.',
    );
  }
  const settings = readConfig(config.toString('utf8'));
  const layout = await architectureNamed(settings.architecture);
  const before = readWeights(settings, weights, layout);
  const stored = quantizeSeq2seq(before, to);
  const metadata = { format: 'ringformer-seq2seq/1', quantized: to };
  const bytes = writeSafetensors({ tensors: stored, metadata });
  const after = readWeights(settings, bytes, layout);

  await throwIfStopped(io.signal);
  newFolder(target, { [NAMES.config]: config, [NAMES.tokenizer]: tokenizer, [NAMES.weights]: bytes });
  const error = weightError(before, after);
  const sizes = { before: weights.length, after: bytes.length };
  if (json) return writeJson(io.stdout, { output, to, bytes: sizes, error });
  const megabytes = (count: number) => `${(count / 1e6).toFixed(2)} MB`;
  const rows = [
    ['size', `${megabytes(sizes.before)} → ${megabytes(sizes.after)}`],
    ['largest weight change', error.largest.toExponential(1)],
    ['root mean square change', `${(100 * error.relative).toFixed(2)} % of the weights'`],
  ];
  await write(io.stdout, table(rows, ['left', 'left']));
}

/**
 * How far the weights moved: the largest change, and the root mean square of the changes relative to that of the weights.
 */
function weightError(before: Record<string, Raw>, after: Record<string, Raw>): { largest: number; relative: number } {
  let [largest, changes, squares] = [0, 0, 0];
  for (const [name, { data }] of Object.entries(before)) {
    const moved = (after[name] as Raw).data;
    data.forEach((x, i) => {
      const change = Math.abs(x - moved[i]!);
      largest = Math.max(largest, change);
      changes += change * change;
      squares += x * x;
    });
  }
  return { largest, relative: Math.sqrt(changes / squares) };
}

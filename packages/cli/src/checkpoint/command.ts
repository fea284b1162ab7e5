import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { choice, commonArgs, number, optionalNumber, scan } from '../flags.ts';
import type { Io } from '../io.ts';

const shown = { json: commonArgs.json, debug: commonArgs.debug } as const;

/** The only path that a command accepts. */
function onePath(rawArgs: readonly string[], args: Parameters<typeof scan>[1], what: string): string {
  const [path, ...more] = scan(rawArgs as string[], args).positionals;
  if (path === undefined || more.length > 0) throw new UsageError(`Give one ${what}. See --help.`);
  return path;
}

const key = {
  type: 'string',
  description: "where the weights are in a trainer's file, for example ema or state.model",
  valueHint: 'NAME',
} as const;

const inspectArgs = {
  path: { type: 'positional', required: false, description: 'checkpoint, model directory, run or package' },
  key,
  ...shown,
} as const;

/** `ringformer inspect FILE|DIR` */
export const inspectCommand = defineCommand({
  meta: { name: 'inspect', description: 'Show what a checkpoint contains: tensors, shapes, types, counts' },
  args: inspectArgs,
  async run({ args: given, rawArgs, data }) {
    const path = onePath(rawArgs, inspectArgs, 'checkpoint, model directory or package');
    const { inspectFile } = await import('./inspect-file.ts');
    await inspectFile({ io: data as Io, path, key: given.key, json: given.json === true });
  },
});

const importArgs = {
  file: { type: 'positional', required: false, description: "the authors' weights: .pt, .pth, .bin or .safetensors" },
  output: { type: 'string', alias: 'o', description: 'directory of the new model', valueHint: 'DIR' },
  heads: number("attention heads (the weights don't show this)", { min: 1, whole: true, default: '8' }),
  'image-size': number("side of the images in pixels, if the weights don't show it", { min: 1, whole: true }),
  key,
  'pad-id': number('padding token (translation)', { min: 0, whole: true, default: '0' }),
  'bos-id': number('token that begins a sentence', { min: 0, whole: true, default: '1' }),
  'eos-id': number('token that ends a sentence', { min: 0, whole: true, default: '2' }),
  ...shown,
} as const;

/** `ringformer import FILE -o DIR` */
export const importCommand = defineCommand({
  meta: { name: 'import', description: "Make a model directory from the authors' weights" },
  args: importArgs,
  async run({ args: given, rawArgs, data }) {
    const file = onePath(rawArgs, importArgs, 'checkpoint');
    if (given.output === undefined) {
      throw new UsageError('--output needs a directory for the new model. See ringformer import --help.');
    }
    const { importModel } = await import('./import-model.ts');
    await importModel({
      io: data as Io,
      file,
      output: given.output,
      key: given.key,
      unknowns: {
        heads: Number(given.heads),
        imageSize: optionalNumber(given['image-size']),
        padId: Number(given['pad-id']),
        bosId: Number(given['bos-id']),
        eosId: Number(given['eos-id']),
      },
      json: given.json === true,
    });
  },
});

const exportArgs = {
  directory: { type: 'positional', required: false, description: 'model directory' },
  output: { type: 'string', alias: 'o', description: 'the new file or directory', valueHint: 'PATH' },
  format: choice('a safetensors file, or a directory of ONNX graphs', ['safetensors', 'onnx'], 'safetensors'),
  names: choice("names of the tensors (safetensors): ours, or the authors'", ['ours', 'reference'], 'reference'),
  levels: number('export only the first N levels of each side (onnx; default: all)', { min: 1, whole: true }),
  ...shown,
} as const;

/** `ringformer export DIR -o PATH` */
export const exportCommand = defineCommand({
  meta: {
    name: 'export',
    description: "Write a model as safetensors, with our names or the authors', or as ONNX graphs",
  },
  args: exportArgs,
  async run({ args: given, rawArgs, data }) {
    const directory = onePath(rawArgs, exportArgs, 'model directory');
    if (given.output === undefined)
      throw new UsageError('--output needs a new file or directory. See ringformer export --help.');
    if (given.format === 'onnx') {
      const { exportOnnx } = await import('./export-onnx.ts');
      const levels = optionalNumber(given.levels);
      return exportOnnx({ io: data as Io, directory, output: given.output, levels, json: given.json === true });
    }
    const { exportModel } = await import('./export-model.ts');
    await exportModel({
      io: data as Io,
      directory,
      output: given.output,
      names: given.names as 'ours' | 'reference',
      json: given.json === true,
    });
  },
});

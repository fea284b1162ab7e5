import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { choice, commonArgs } from '../flags.ts';
import type { Io } from '../io.ts';

const args = {
  to: choice('number type of the matrices', ['int8', 'bf16', 'f16', 'f32'], 'int8'),
  output: { type: 'string', alias: 'o', description: 'directory of the new model', valueHint: 'DIR' },
  model: commonArgs.model,
  json: commonArgs.json,
  debug: commonArgs.debug,
} as const;

/** `ringformer quantize`: the same model in fewer bytes. */
export const quantizeCommand = defineCommand({
  meta: { name: 'quantize', description: 'Convert a model to int8, bfloat16 or float16 matrices' },
  args,
  async run({ args: given, data }) {
    if (given.output === undefined) {
      throw new UsageError('--output needs a directory for the new model. See ringformer quantize --help.');
    }
    const { quantizeModel } = await import('./model.ts');
    await quantizeModel({
      io: data as Io,
      model: given.model,
      output: given.output,
      to: given.to as 'int8' | 'bf16' | 'f16' | 'f32',
      json: given.json === true,
    });
  },
});

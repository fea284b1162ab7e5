import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { commonArgs, engineArgs, number, optionalNumber, scan, toggle } from '../flags.ts';
import type { Io } from '../io.ts';
import { engineOf } from '../translate/command.ts';

const args = {
  'image…': {
    type: 'positional',
    required: false,
    description: 'JPEG, PNG or WebP files, folders of them, or - for stdin',
  },
  top: number('show the N likeliest classes', { min: 1, whole: true, default: '5' }),
  levels: number('use only the first N levels (default: all)', { min: 1, whole: true }),
  invert: toggle('invert the images: for dark shapes on white if the model was trained on light shapes on black'),
  raw: toggle('use pixels as stored, without turning photos upright or putting transparent images on white'),
  ...engineArgs,
  ...commonArgs,
} as const;

/** `ringformer classify`: the likeliest classes of each image, as bars. */
export const classifyCommand = defineCommand({
  meta: { name: 'classify', description: 'Classify images and show the likeliest classes as bars' },
  args,
  async run({ args: given, rawArgs, data }) {
    const images = scan(rawArgs, args).positionals;
    if (images.length === 0) throw new UsageError('Give at least one image. See ringformer classify --help.');
    if (images.filter((path) => path === '-').length > 1) throw new UsageError('Give - only once: stdin ends.');
    const { classifyFiles } = await import('./files.ts');
    await classifyFiles({
      io: data as Io,
      images,
      model: given.model,
      engine: engineOf(given),
      top: Number(given.top),
      levels: optionalNumber(given.levels),
      invert: given.invert === true,
      raw: given.raw === true,
      json: given.json === true,
    });
  },
});

import { parseArgs } from 'node:util';
import { nearest } from '@ringformer/core/base';
import type { ArgsDef, BooleanArgDef, StringArgDef } from 'citty';
import { UsageError } from './errors.ts';

/** Which numbers are allowed. */
export type Range = { readonly min?: number; readonly max?: number; readonly whole?: boolean };
type Checked = StringArgDef & {
  range?: Range;
  choices?: readonly string[];
  repeatable?: boolean;
  /** Another word for the flag. */
  also?: string;
};

/** A flag without a value. */
export const toggle = (description: string) => ({ type: 'boolean', description }) as const satisfies BooleanArgDef;

/** A flag with a number as its value; read it with `Number(args.name)` or `optionalNumber`. */
export function number<const D extends string | undefined = undefined>(
  description: string,
  range: Range & { readonly default?: D; readonly also?: string } = {},
) {
  const { default: initial, also, ...limits } = range;
  return { type: 'string', description, valueHint: 'N', range: limits, also, default: initial as D } as const;
}

/** A flag with one of `choices` as its value. */
export const choice = (description: string, choices: readonly string[], initial?: string) =>
  ({ type: 'string', description, valueHint: choices.join('|'), choices, default: initial }) as const;

/** All but the first two need packages that are not installed by default: @ringformer/node-gpu names them. */
export const BACKENDS = ['wasm', 'cpu', 'cuda', 'webgpu', 'tensorflow'] as const;

/** Flags that most commands share. */
export const commonArgs = {
  model: {
    type: 'string',
    alias: 'm',
    description:
      "directory of a model or a training run, a model's file, a package, or de-en or en-de (default: the packaged model)",
    valueHint: 'MODEL',
  },
  backend: choice('where TensorFlow.js computes', BACKENDS, 'wasm'),
  json: toggle('print JSON'),
  debug: toggle('show stack traces'),
} as const satisfies ArgsDef;

/** Flags of the commands that translate or classify: what computes. */
export const engineArgs = {
  engine: choice(
    "what computes: whole passes in WebAssembly, TensorFlow.js' operations, or ONNX Runtime (npm install onnxruntime-node)",
    ['auto', 'wasm', 'tfjs', 'onnx'],
    'auto',
  ),
  providers: {
    type: 'string',
    description: 'what ONNX Runtime computes on, in order of preference, for example cuda,cpu',
    valueHint: 'NAME,…',
  },
  threads: number('threads for the engines wasm and onnx (default: depends on the machine)', {
    min: 1,
    max: 256,
    whole: true,
  }),
  precision: choice(
    'how the wasm engine keeps matrices: as stored (auto; the packaged model: int8), or converted',
    ['auto', 'f32', 'bf16', 'int8'],
    'auto',
  ),
} as const satisfies ArgsDef;

/** The number in a flag that has no default. */
export function optionalNumber(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

type Flag = { readonly name: string; readonly value: string | true };
export type Scanned = { readonly flags: readonly Flag[]; readonly positionals: readonly string[] };

/** A dash that begins a text, not a flag; and what marks it while flags are read. No argument can contain a NUL. */
const DASH = /^-(?=\s)/;
const MARK = '\0';

/**
 * Reads a command's arguments and checks them strictly: citty itself accepts unknown flags, missing values and extra words.
 * @throws UsageError that names the closest known flag, or says which value was expected.
 */
export function scan(rawArgs: readonly string[], defs: ArgsDef): Scanned {
  const flags: Flag[] = [];
  const positionals: string[] = [];
  const others = otherWords(defs);
  const options = optionsOf(defs);
  const args = rawArgs.map((arg) => arg.replace(DASH, `${MARK}$&`)); // '- Ja.' is a text
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value.replace(MARK, ''));
    if (token.kind !== 'option') continue;
    const { rawName: written, value, inlineValue } = token;
    if (!Object.hasOwn(options, token.name)) throw unknownFlag(written, Object.keys(options));
    const name = others[token.name] ?? token.name;
    const def = defs[name] as Checked | BooleanArgDef;
    if (flags.some((flag) => flag.name === name) && !(def as Checked).repeatable) {
      throw new UsageError(`${written} is given twice.`);
    }
    if (def.type === 'boolean') {
      if (inlineValue) throw new UsageError(`${written} takes no value.`);
      flags.push({ name, value: true });
      continue;
    }
    if (value === undefined || value === '' || (!inlineValue && /^-[^\d.]/.test(value))) {
      throw new UsageError(`${written} needs a value: ${written}=<${def.valueHint ?? name}>.`);
    }
    checkValue(written, value, def as Checked);
    flags.push({ name, value });
  }
  checkPositionals(positionals, defs);
  return { flags, positionals };
}

/** The same arguments, spelt in the one way that citty reads as we do. */
export function normalise({ flags, positionals }: Scanned): string[] {
  return [
    ...flags.map(({ name, value }) => (value === true ? `--${name}` : `--${name}=${value}`)),
    ...(positionals.length > 0 ? ['--', ...positionals] : []),
  ];
}

/** Every value of a flag that may be repeated. */
export function everyValue({ flags }: Scanned, name: string): string[] {
  return flags.flatMap((flag) => (flag.name === name && flag.value !== true ? [flag.value] : []));
}

/** The flags whose names begin with `no-`, which citty would read as the opposite of other flags: merge them with its own. */
export function negativeFlags(rawArgs: readonly string[], defs: ArgsDef): Record<string, string | true> {
  const { flags } = scan(rawArgs, defs);
  return Object.fromEntries(flags.flatMap(({ name, value }) => (name.startsWith('no-') ? [[name, value]] : [])));
}

/** { beams: 'beam' } */
const otherWords = (defs: ArgsDef): Record<string, string> =>
  Object.fromEntries(
    Object.entries(defs as Record<string, Checked>).flatMap(([name, { also }]) => (also ? [[also, name]] : [])),
  );

/** The flags, as `parseArgs` takes them. */
function optionsOf(defs: ArgsDef): Record<string, { type: 'boolean' | 'string'; short?: string }> {
  const flags = Object.entries(defs as Record<string, Checked | BooleanArgDef>);
  return Object.fromEntries(
    flags.flatMap(([name, { type, alias, ...rest }]) => {
      if (type !== 'boolean' && type !== 'string') return [];
      const option = { type, ...(typeof alias === 'string' ? { short: alias } : {}) };
      const { also } = rest as Checked;
      return also
        ? [
            [name, option],
            [also, { type }],
          ]
        : [[name, option]];
    }),
  );
}

function unknownFlag(written: string, known: readonly string[]): UsageError {
  const closest = nearest(
    written,
    known.map((name) => `--${name}`),
  );
  return new UsageError(`Unknown flag ${written}.${closest ? ` Did you mean ${closest}?` : ''}`);
}

/** 'a, b or c' */
const listed = (names: readonly string[]) => names.join(', ').replace(/, ([^,]*)$/, ' or $1');

function checkValue(written: string, value: string, { range, choices }: Checked): void {
  if (choices && !choices.includes(value)) {
    const closest = nearest(value, choices);
    const hint = closest ? ` Did you mean ${closest}?` : '';
    throw new UsageError(`${written} is '${value}'; expected ${listed(choices)}.${hint}`);
  }
  if (!range) return;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false } = range;
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max && (!whole || Number.isSafeInteger(number))) return;
  const limits = [Number.isFinite(min) ? `at least ${min}` : '', Number.isFinite(max) ? `at most ${max}` : ''];
  const expected = [whole ? 'a whole number' : 'a number', limits.filter(Boolean).join(' and ')].filter(Boolean);
  throw new UsageError(`${written} is '${value}'; expected ${expected.join(', ')}.`);
}

function checkPositionals(positionals: readonly string[], defs: ArgsDef): void {
  const expected = Object.entries(defs).filter(([, def]) => def.type === 'positional');
  if (expected.some(([name]) => name.endsWith('…'))) return;
  const surplus = positionals[expected.length];
  if (surplus === undefined) return;
  throw new UsageError(`Unexpected argument '${surplus}'. Flags begin with --.`);
}

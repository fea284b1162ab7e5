import { isRecord, kindOf, saidOf } from './arguments.ts';
import { RingformerError } from './errors.ts';
import { mistakenFor } from './mistaken.ts';

/** A kind of model: the format named in its config.json files, the package that reads them, and what it is in words. */
export type ConfigFormat = { readonly format: string; readonly task: string; readonly what: string };

/** The text of a config.json. */
export const writeConfigFile = ({ format }: ConfigFormat, config: object): string =>
  `${JSON.stringify({ format, ...config }, null, 2)}\n`;

/** The contents of a config.json without its format, unchecked. @throws RingformerError 'bad-config' */
export function readConfigFile({ format, task, what }: ConfigFormat, text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const mistaken = mistakenFor(new TextEncoder().encode(text));
    throw new RingformerError(
      'bad-config',
      `[ringformer/${task}] config.json is ${mistaken ?? `not JSON: ${(cause as Error).message}.`}`,
      { cause },
    );
  }
  const { format: stored, ...config } = isRecord(parsed) ? parsed : {};
  if (stored === format) return config;
  throw new RingformerError(
    'bad-config',
    `[ringformer/${task}] config.json: expected format '${format}', got ${JSON.stringify(stored)}. Is this a RingFormer ${what}?`,
  );
}

/** @throws RingformerError 'bad-config' if a configuration is not an object */
export function checkGiven(task: string, given: unknown): void {
  if (isRecord(given)) return;
  throw new RingformerError(
    'bad-config',
    `[ringformer/${task}] Expected a configuration, an object such as { dim: 128 }, got ${kindOf(given)}.`,
  );
}

/** Collects everything that is wrong with a configuration, to report it all at once. */
export type ConfigCheck<Config> = {
  wrong(condition: boolean, problem: string): void;
  /** Whole numbers of at least 1. */
  counts(...keys: readonly (keyof Config & string)[]): void;
  /** A number of at least 0 and below 1. */
  share(key: keyof Config & string): void;
  /** Numbers above 0. */
  positive(...keys: readonly (keyof Config & string)[]): void;
  oneOf(key: keyof Config & string, first: string, ...rest: readonly string[]): void;
  /** A text that is not empty, such as 'ring'. */
  name(key: keyof Config & string): void;
  /** @throws RingformerError 'bad-config' that lists all problems, if there are any. */
  finish(): void;
};

export function checkingConfig<Config extends object>(task: string, config: Config): ConfigCheck<Config> {
  checkGiven(task, config);
  const problems: string[] = [];
  const wrong = (condition: boolean, problem: string) => void (condition && problems.push(`  - ${problem}`));
  const number = (key: keyof Config) => (typeof config[key] === 'number' ? config[key] : Number.NaN);
  return {
    wrong,
    counts(...keys) {
      for (const key of keys) {
        const good = Number.isSafeInteger(config[key]) && number(key) >= 1;
        wrong(!good, `${key} is ${saidOf(config[key])}; expected a whole number of at least 1.`);
      }
    },
    share(key) {
      const good = number(key) >= 0 && number(key) < 1;
      wrong(!good, `${key} is ${saidOf(config[key])}; expected a number of at least 0 and below 1.`);
    },
    positive(...keys) {
      for (const key of keys) {
        const good = Number.isFinite(config[key]) && number(key) > 0;
        wrong(!good, `${key} is ${saidOf(config[key])}; expected a number above 0.`);
      }
    },
    oneOf(key, ...values) {
      const all = `'${values.slice(0, -1).join("', '")}' or '${values.at(-1)}'`;
      wrong(!values.includes(config[key] as string), `${key} is '${config[key]}'; expected ${all}.`);
    },
    name(key) {
      const good = typeof config[key] === 'string' && config[key] !== '';
      wrong(!good, `${key} is ${JSON.stringify(config[key])}; expected 'ring' or another name.`);
    },
    finish() {
      if (problems.length === 0) return;
      const list = problems.join('\n');
      throw new RingformerError('bad-config', `[ringformer/${task}] The configuration is not valid:\n${list}`);
    },
  };
}

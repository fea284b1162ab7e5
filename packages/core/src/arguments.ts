// Arguments from programs that no compiler has checked.
import { RingformerError } from './errors.ts';
import { nearest } from './nearest.ts';

/**
 * What a value is, in words for an error message: "undefined", "the number 3", "an array", "a promise (is an await
 * missing?)".
 */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string') return value.length > 40 ? `the text "${value.slice(0, 40)}…"` : `the text "${value}"`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object') return `the ${typeof value} ${String(value)}`;
  if (Array.isArray(value)) return 'an array';
  if ('then' in value) return 'a promise (is an await missing?)';
  const name = value.constructor?.name ?? 'Object';
  return name === 'Object' ? `an object with ${fieldsOf(value)}` : `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** The same in a sentence about a number that was expected: "2.5", "the text "2"". */
export const saidOf = (value: unknown) => (typeof value === 'number' ? String(value) : kindOf(value));

const fieldsOf = (value: object) => Object.keys(value).slice(0, 8).join(', ') || 'no fields';

/** Whether a value is an object that has named fields. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Refuses options that nothing would read, a `signal` that is not a signal, and an `on…` that is not a function. `where`
 * begins the message: '[ringformer/vit] classify'.
 * @throws RingformerError 'bad-argument' that names the option, and the closest known one if it is unknown.
 */
export function checkOptions(where: string, given: unknown, known: readonly string[]): void {
  if (given === undefined) return;
  if (!isRecord(given)) {
    throw new RingformerError(
      'bad-argument',
      `${where}: expected options as an object, for example { ${known[0]}: … }, got ${kindOf(given)}.`,
    );
  }
  const names = Object.keys(given).filter((name) => given[name] !== undefined);
  const odd = names.find((name) => !known.includes(name));
  if (odd === undefined) {
    if (given['signal'] !== undefined) checkSignal(where, given['signal']);
    for (const name of names) if (/^on[A-Z]/.test(name)) checkFunction(where, name, given[name]);
    return;
  }
  const near = nearest(odd, known);
  throw new RingformerError(
    'bad-argument',
    `${where}: unknown option '${odd}'. ${near ? `Did you mean '${near}'?` : `Expected one of ${known.join(', ')}.`}`,
  );
}

/** @throws RingformerError 'bad-argument' unless `value` is a whole number in this range */
export function checkWhole(
  where: string,
  name: string,
  value: unknown,
  least: number,
  most = Number.POSITIVE_INFINITY,
) {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new RingformerError('bad-argument', `${where} ${name} is ${saidOf(value)}; expected a whole number ${range}.`);
}

function checkSignal(where: string, signal: unknown): void {
  if (isRecord(signal) && typeof signal['throwIfAborted'] === 'function') return;
  const hint = isRecord(signal) && 'signal' in signal ? ' Pass its `signal`.' : '';
  throw new RingformerError('bad-argument', `${where}: signal is ${kindOf(signal)}; expected an AbortSignal.${hint}`);
}

/** @throws RingformerError 'bad-argument' */
export function checkFunction(where: string, name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new RingformerError('bad-argument', `${where}: ${name} is ${kindOf(value)}; expected a function.`);
}

/** @throws RingformerError 'bad-argument' that names the closest choice, or all */
export function checkChoice(where: string, name: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  const texts = choices.filter((choice) => typeof choice === 'string');
  const near = typeof value === 'string' ? nearest(value, texts) : undefined;
  const listed = choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice))).join(', ');
  throw new RingformerError(
    'bad-argument',
    `${where}: ${name} is ${kindOf(value)}; ${near ? `did you mean '${near}'?` : `expected one of ${listed}.`}`,
  );
}

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

const fieldsOf = (value: object) => Object.keys(value).slice(0, 8).join(', ') || 'no fields';

/** Whether a value is an object that has named fields. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Refuses options that nothing would read. `where` begins the message: '[ringformer/vit] classify'.
 * @throws RingformerError 'bad-argument' that names the unknown option and the closest known one.
 */
export function checkOptions(where: string, given: unknown, known: readonly string[]): void {
  if (given === undefined) return;
  if (!isRecord(given)) {
    throw new RingformerError(
      'bad-argument',
      `${where}: expected options as an object, for example { ${known[0]}: … }, got ${kindOf(given)}.`,
    );
  }
  const odd = Object.keys(given).find((name) => given[name] !== undefined && !known.includes(name));
  if (odd === undefined) return;
  const near = nearest(odd, known);
  throw new RingformerError(
    'bad-argument',
    `${where}: unknown option '${odd}'. ${near ? `Did you mean '${near}'?` : `Expected one of ${known.join(', ')}.`}`,
  );
}

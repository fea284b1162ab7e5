import type { TestContext } from 'vitest';
import type { Backend } from '../backend.ts';
import { TOLERANCES, type Tolerances } from '../parity/tolerances.ts';
import { expectClose, type Numbers } from './expect.ts';

/** What a test of the conformance suite measured, for reporters: `task.meta.conformance`. */
export type Note = {
  /** The name of the suite: a backend's or an engine's. */
  readonly subject: string;
  readonly kind?: keyof Tolerances;
  /**
   * The largest deviation in the unit of `kind`, minus the extra allowance; absent if only ids are compared, or nothing was.
   */
  readonly deviation?: number;
};

declare module 'vitest' {
  interface TaskMeta {
    conformance?: Note;
  }
}

/** Notes which backend or engine is tested. Called first in every test, so that failures and skips are counted too. */
export function note(task: TestContext['task'], subject: string, kind?: keyof Tolerances, deviation?: number): void {
  const most = Math.max(task.meta.conformance?.deviation ?? 0, deviation ?? 0);
  task.meta.conformance = {
    subject,
    ...(kind ? { kind } : {}),
    ...(deviation === undefined && most === 0 ? {} : { deviation: most }),
  };
}

export type Compare = (actual: Numbers, expected: Numbers, unit?: number, more?: number) => Promise<void>;

/**
 * Expects numbers to be as close as the backend's tolerance for `kind`, counted in `unit`, and `more` allow; notes the
 * largest deviation.
 */
export function comparison(
  task: TestContext['task'],
  backend: Backend['name'],
  kind: keyof Tolerances,
  subject: string = backend,
): Compare {
  note(task, subject, kind);
  return async (actual, expected, unit = 1, more = 0) => {
    const deviation = await expectClose(actual, expected, { atol: TOLERANCES[backend][kind] * unit + more });
    if (unit > 0) note(task, subject, kind, Math.max(0, deviation - more) / unit);
  };
}

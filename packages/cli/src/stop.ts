import { setImmediate as turn } from 'node:timers/promises';

/** The signals that stop a command, and the exit code of each. */
export const STOPS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGUSR2: 140 } as const;

/** Those that stop a command with these arguments. SIGUSR2 is for ranks: Open MPI's launcher passes it on. */
export const stopsOf = (argv: readonly string[], platform = process.platform) =>
  (Object.keys(STOPS) as (keyof typeof STOPS)[]).filter(
    (name) => name !== 'SIGUSR2' || (argv.includes('--distributed') && platform !== 'win32'),
  );

/** Why a command was stopped: the reason of its abort signal. */
export class Stopped extends Error {
  readonly signal: keyof typeof STOPS;
  constructor(signal: keyof typeof STOPS) {
    super(`Stopped by ${signal}.`);
    this.name = 'AbortError';
    this.signal = signal;
  }
}

/** The exit code of a command that was stopped for `reason`: that of SIGINT unless it says otherwise. */
export const stopCode = (reason: unknown): number => (reason instanceof Stopped ? STOPS[reason.signal] : STOPS.SIGINT);

/** Lets pending signals arrive. Long work that never waits calls it before it writes. @throws the signal's reason */
export async function throwIfStopped(signal: AbortSignal): Promise<void> {
  await turn();
  signal.throwIfAborted();
}

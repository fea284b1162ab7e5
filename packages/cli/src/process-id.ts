import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** A process, recognisable after it has ended, even if the machine was restarted or its number is in use again. */
export type ProcessId = {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970 at which this was written. */
  readonly at: number;
  /** On Linux: which start of the machine, and the clock tick at which the process began. */
  readonly boot?: string;
  readonly began?: string;
};

/** This process. */
export function thisProcess(): ProcessId {
  const { pid } = process;
  return { pid, host: hostname(), at: Date.now(), boot: bootId(), began: tickOf(pid) };
}

/** Whether a process is still running; undefined if it belongs to another machine. */
export function isRunning({ pid, host, at, boot, began }: ProcessId): boolean | undefined {
  if (host !== hostname()) return undefined;
  if (boot !== undefined && bootId() !== undefined && boot !== bootId()) return false;
  if (boot === undefined && at < Date.now() - 1000 * uptime() - CLOCKS_MS) return false;
  if (!hasProcess(pid)) return false;
  const now = tickOf(pid);
  return began === undefined || now === undefined || began === now;
}

/** Two clocks may differ by this much about when the machine was started. */
const CLOCKS_MS = 60_000;

/** Whether any process has this number. */
export function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // EPERM: it is another user's
  }
}

/** When a running process began, in milliseconds since 1970, to about a second; undefined where the system doesn't say. */
export function beganAt(pid: number): number | undefined {
  const tick = tickOf(pid);
  return tick === undefined ? undefined : Date.now() - 1000 * uptime() + 10 * Number(tick);
}

function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined; // not Linux
  }
}

/** Field 22 of /proc/PID/stat; the second field is a name in brackets that may hold spaces and brackets. */
function tickOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

import type { FastifyServerOptions } from 'fastify';
import type { Settings } from './options.ts';

/** Loggers for the web framework: lines of JSON with paths, statuses and times, and never a word of what users send. */
export function loggerOf({ log }: Pick<Settings, 'log'>): FastifyServerOptions['logger'] {
  if (log === false) return false;
  return {
    level: 'info',
    ...(log && { stream: log }),
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // of what the web framework logs by itself
    serializers: { err: (error) => ({ type: error.name, message: '', stack: '', ...withoutMessage(error) }) },
    formatters: { level: (label) => ({ level: label }) },
  };
}

/** An error without its message, which may quote a text. */
export function withoutMessage(error: unknown): object {
  if (!(error instanceof Error)) return { kind: typeof error };
  const { name, message, stack = '', code } = error as Error & { code?: unknown };
  const at = stack.indexOf(message);
  const frames = at < 0 ? [] : stack.slice(at + message.length).split('\n'); // a line of a text may look like one
  return { name, code, at: frames.filter((line) => /^\s+at /.test(line)).map((line) => line.trim()) };
}

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
    formatters: { level: (label) => ({ level: label }) },
  };
}

/** An error without its message, which may quote a text. */
export function withoutMessage(error: unknown): object {
  if (!(error instanceof Error)) return { kind: typeof error };
  const stack = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { name: error.name, code: (error as { code?: unknown }).code, at: stack?.map((line) => line.trim()) };
}

import type { Io } from './io.ts';

export type StatusLine = { readonly show: (text: string) => void; readonly clear: () => void };

/**
 * One line on stderr that is rewritten at most ten times a second, for work that takes longer than a second; nothing if
 * stderr is not a terminal.
 */
export function statusLine({ stderr }: Pick<Io, 'stderr'>): StatusLine {
  let shown = 0;
  let last = performance.now() + 900;
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} };
  const put = (text: string) => {
    stderr.write(`\r${text.padEnd(shown)}${text === '' ? '\r' : ''}`);
    shown = text.length;
  };
  return {
    show(text) {
      if (performance.now() - last < 100) return;
      last = performance.now();
      put(text);
    },
    clear: () => shown > 0 && put(''),
  };
}

import type { Io } from './io.ts';

export type Progress = { readonly show: (text: string) => void; readonly clear: () => void };

/** One line on stderr that is written over, ten times a second at most; nothing where stderr is no terminal. */
export function progressLine({ stderr }: Io): Progress {
  let shown = 0;
  let last = 0;
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

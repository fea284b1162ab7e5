import { createInterface } from 'node:readline/promises';
import type { Translator } from '@ringformer/seq2seq';
import { describeError, errorCode } from '../errors.ts';
import { colours, type Io, write } from '../io.ts';

/** Asks for lines on a terminal and streams each translation token by token, until the end of input (Ctrl-D) or Ctrl-C. */
export async function prompt(translator: Translator, io: Io, maxLength?: number): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const terminal = createInterface({ input: io.stdin, output: io.stdout, terminal: true });
  terminal.on('SIGINT', () => {
    stop.abort(); // the terminal is in raw mode: no signal reaches the process
    terminal.close();
  });
  await write(
    io.stderr,
    `${colours(io.stderr, io.env).dim('Each line is translated as you enter it. Ctrl-D ends.')}\n`,
  );
  terminal.setPrompt('> ');
  terminal.prompt();
  for await (const line of terminal) {
    try {
      for await (const piece of translator.stream(line, { maxLength, signal })) await write(io.stdout, piece);
      await write(io.stdout, '\n');
    } catch (error) {
      signal.throwIfAborted();
      if (errorCode(error) !== 'bad-text') throw error;
      await write(io.stderr, describeError(error, false));
    }
    terminal.prompt();
  }
  signal.throwIfAborted();
}

import { createInterface } from 'node:readline/promises';
import type { TextWarning, TranslateOptions, Translator } from '@ringformer/seq2seq/engine';
import { describeError, errorCode } from '../errors.ts';
import { colours, type Io, write } from '../io.ts';

type PromptOptions = Pick<TranslateOptions, 'maxLength' | 'from' | 'to' | 'strict'>;

/** Asks for lines on a terminal and streams each translation token by token, until the end of input (Ctrl-D) or Ctrl-C. */
export async function prompt(translator: Translator, io: Io, search: PromptOptions): Promise<void> {
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
  const warnings: string[] = [];
  const onWarning = ({ message }: TextWarning) => void warnings.push(message);
  terminal.setPrompt('> ');
  terminal.prompt();
  for await (const line of terminal) {
    try {
      for await (const piece of translator.stream(line, { ...search, onWarning, signal })) {
        await write(io.stdout, piece);
      }
      await write(io.stdout, '\n');
      for (const message of warnings.splice(0)) await write(io.stderr, `ringformer: ${message}\n`);
    } catch (error) {
      signal.throwIfAborted();
      if (errorCode(error) !== 'bad-text') throw error;
      await write(io.stderr, describeError(error, false));
    }
    terminal.prompt();
  }
  signal.throwIfAborted();
}

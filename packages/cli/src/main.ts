#!/usr/bin/env node
import { cleanUp } from './cleanup.ts';
import { run } from './run.ts';
import { STOPS, Stopped, stopsOf } from './stop.ts';

const controller = new AbortController();
for (const name of stopsOf(process.argv)) {
  process.on(name, () => {
    if (controller.signal.aborted) process.exit(STOPS[name]); // the second one ends the program at once
    controller.abort(new Stopped(name));
  });
}
process.on('exit', cleanUp);
const { stdin, stdout, stderr, env } = process;
stderr.on('error', () => {}); // whoever read the messages has left
const code = await run(process.argv.slice(2), { stdin, stdout, stderr, env, signal: controller.signal });
if (code !== 0 && process.argv.includes('--distributed')) (await import('@ringformer/mpi')).endUnjoined();
stdout.on('error', () => process.exit(code));
// A pipe may still hold output, and an unread stdin would keep the process alive.
stdout.write('', () => process.exit(code));

#!/usr/bin/env node
import { run } from './run.ts';

const controller = new AbortController();
process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(130); // a second Ctrl-C ends at once
  controller.abort();
});
const { stdin, stdout, stderr, env } = process;
const code = await run(process.argv.slice(2), { stdin, stdout, stderr, env, signal: controller.signal });
stdout.on('error', () => process.exit(code));
// A pipe may still hold output, and an unread stdin would keep the process alive.
stdout.write('', () => process.exit(code));

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { threadArgs } from './thread-args.ts';

it('are those of the process', () => {
  expect(threadArgs()).toEqual(process.execArgv);
});

it('let a thread start in a program that is an argument', () => {
  const data = (code: string) => JSON.stringify(`data:text/javascript,${encodeURIComponent(code)}`);
  const thread = data("import { parentPort } from 'node:worker_threads'; parentPort.postMessage('started');");
  const program = `import { Worker } from 'node:worker_threads';
const threadArgs = ${threadArgs.toString()};
new Worker(new URL(${thread}), { execArgv: threadArgs() }).on('message', console.log);`;
  const out = execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  });
  expect(out).toBe('started\n');
});

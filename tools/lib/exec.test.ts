import { expect, it } from 'vitest';
import { failed, runQuietly } from './exec.mjs';

it('keeps what a program printed and its exit code', async () => {
  const program = 'console.log("out"); console.error("err"); process.exit(3)';
  const { code, stdout, output } = await runQuietly(process.execPath, ['-e', program]);
  expect([code, stdout]).toEqual([3, 'out\n']);
  expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
});

it('reports a program that does not exist', async () => {
  expect((await runQuietly('/no/such/program', [])).code).toBe(127);
});

it.each([
  ['npm error code ENOTFOUND', 'registry could not be reached'],
  ['Failed to write: No\n   space left on device', 'disk is full'],
  ['EACCES: permission denied, mkdir', 'cannot be written'],
])('explains %j', (output, hint) => {
  const { message, code } = failed('pnpm install', { code: 1, output });
  expect(message).toContain(output);
  expect(message).toContain(hint);
  expect(code).toBe(1);
});

it('does not explain an interruption', () => {
  expect(failed('The build', { code: 130, output: 'ENOSPC' })).toMatchObject({
    code: 130,
    message: 'The build: stopped.',
  });
});

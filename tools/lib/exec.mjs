// @ts-check
import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';

/** A failure to show as one message, without a stack. */
export class Failure extends Error {
  /** @param {string} message @param {number} [code] exit code */
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

/**
 * The environment of a child process: `folders` and this very Node.js come first on PATH.
 * @param {NodeJS.ProcessEnv} [base] @param {string[]} [folders] @returns {NodeJS.ProcessEnv}
 */
export function childEnv(base = process.env, folders = []) {
  const key = Object.keys(base).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...base, [key]: [...folders, dirname(process.execPath), base[key] ?? ''].join(delimiter) };
}

/** @param {number | null} code @param {NodeJS.Signals | null} signal */
function exitCode(code, signal) {
  return signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1);
}

/**
 * Runs a program with the user's own streams and passes signals on.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code; 128 + n for signal n
 */
export function runToEnd(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    // Ctrl-C reaches the child from the terminal itself; here it must just not end the wait.
    const stay = () => {};
    const pass = () => child.kill('SIGTERM');
    process.on('SIGINT', stay).on('SIGTERM', pass);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', stay).off('SIGTERM', pass);
      resolve(exitCode(code, signal));
    });
  });
}

/**
 * Runs a program quietly, with no input and its output captured.
 * @param {string} command @param {string[]} args @param {import('node:child_process').ExecFileOptions} [options]
 * @returns {Promise<{ code: number, output: string, stdout: string }>} `output` is both streams, stdout first
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve) => {
    let stopped = 0; // a program may exit successfully even if it was asked to stop
    const settings = { maxBuffer: 2 ** 28, ...options, encoding: /** @type {const} */ ('utf8') };
    const child = execFile(command, args, settings, (error, stdout, stderr) => {
      process.off('SIGINT', interrupted).off('SIGTERM', terminated);
      const started = !error || error.signal || typeof error.code === 'number';
      const code = started ? exitCode(Number(error?.code ?? 0), error?.signal ?? null) : 127;
      resolve({ code: stopped || code, output: `${stdout}${stderr}${started ? '' : error.message}`, stdout });
    });
    child.stdin?.end();
    const interrupted = () => {
      stopped = 130;
    };
    const terminated = () => {
      stopped = 143;
      child.kill('SIGTERM');
    };
    process.on('SIGINT', interrupted).on('SIGTERM', terminated);
  });
}

const CAUSES = [
  {
    sign: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|error sending request|dns error|network (error|timeout|is unreachable)/i,
    hint: 'The npm registry could not be reached. Check the network and `npm config get registry`, then run the command again.',
  },
  {
    sign: /ENOSPC|no\s+space\s+left/i,
    hint: 'The disk is full: the workspace needs about 1 GB. Free some space and run the command again.',
  },
  {
    sign: /EACCES|EPERM|EROFS|permission denied|read-only file/i,
    hint: 'A file or folder of the clone (or of the npm cache) cannot be written.',
  },
  {
    sign: /UNABLE_TO_(VERIFY|GET)|self.signed|certificate/i,
    hint: 'The registry’s certificate was not accepted. If you use a proxy, set NODE_EXTRA_CA_CERTS.',
  },
];

/**
 * The failure of a quiet command, with its likely cause and the end of what it printed.
 * @param {string} what @param {{ code: number, output: string }} result @returns {Failure}
 */
export function failed(what, { code, output }) {
  if (code === 130 || code === 143) return new Failure(`${what}: stopped.`, code);
  const lines = output.trimEnd().split('\n').slice(-25).join('\n');
  return new Failure(`${what} failed (exit code ${code}).\n${lines}${hint(output)}`);
}

/**
 * A failure for something the system refused (a full disk, a folder that cannot be written); undefined for any other error.
 * @param {unknown} error @returns {Failure | undefined}
 */
export function systemFailure(error) {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  return new Failure(`${error.message}${hint(error.message)}`);
}

/** @param {string} output */
function hint(output) {
  const cause = CAUSES.find(({ sign }) => sign.test(output));
  return cause ? `\n\n${cause.hint}` : '';
}

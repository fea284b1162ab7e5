import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { removeStaleTemps, writeFileAtomic } from './atomic.ts';

const faults = vi.hoisted(() => ({ call: '', code: '' }));

vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs')>();
  const failing = (name: 'writeFileSync' | 'fsyncSync' | 'renameSync' | 'openSync') => {
    const real = original[name] as (...given: unknown[]) => unknown;
    return (...given: unknown[]) => {
      if (faults.call !== name) return real(...given);
      if (name === 'writeFileSync') real(given[0], 'half'); // a full disk accepts only some of the bytes
      throw Object.assign(new Error(`${faults.code}: planted`), { code: faults.code });
    };
  };
  const names = ['writeFileSync', 'fsyncSync', 'renameSync', 'openSync'] as const;
  return { ...original, ...Object.fromEntries(names.map((name) => [name, failing(name)])) };
});

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), 'ringformer-atomic-'));
});
afterEach(() => {
  faults.call = '';
  fs.rmSync(directory, { recursive: true, force: true });
});

describe('writeFileAtomic', () => {
  it('writes text and bytes, new and over an old file, and leaves nothing else', () => {
    writeFileAtomic(join(directory, 'a'), 'grüße');
    writeFileAtomic(join(directory, 'b'), 'a long old text');
    writeFileAtomic(join(directory, 'b'), new Uint8Array([1, 2, 3]).subarray(1));
    expect(fs.readFileSync(join(directory, 'a'), 'utf8')).toBe('grüße');
    expect([...fs.readFileSync(join(directory, 'b'))]).toEqual([2, 3]);
    expect(fs.readdirSync(directory)).toEqual(['a', 'b']);
  });

  it('follows a symbolic link', () => {
    writeFileAtomic(join(directory, 'real'), 'old');
    fs.symlinkSync('real', join(directory, 'link'));
    writeFileAtomic(join(directory, 'link'), 'new');
    expect(fs.lstatSync(join(directory, 'link')).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(join(directory, 'real'), 'utf8')).toBe('new');
  });

  it.each([
    ['openSync', 'EACCES', 'permission is denied (EACCES). Change the permissions'],
    ['writeFileSync', 'ENOSPC', 'the disk is full (ENOSPC). Free some space'],
    ['fsyncSync', 'EIO', 'EIO: planted. Check the path and the disk.'],
    ['renameSync', 'EROFS', 'the file system is read-only (EROFS). Choose a directory'],
  ])('keeps the old file and removes the temporary one when %s fails with %s', (call, code, message) => {
    const path = join(directory, 'weights');
    writeFileAtomic(path, 'the old version');
    Object.assign(faults, { call, code });
    const failure = caught(() => writeFileAtomic(path, 'the new version'));
    faults.call = '';
    expect(failure).toMatchObject({ name: 'RingformerError', code: 'bad-file', cause: { code } });
    expect(failure.message).toContain(`Cannot write ${path}: ${message}`);
    expect(fs.readFileSync(path, 'utf8')).toBe('the old version');
    expect(fs.readdirSync(directory)).toEqual(['weights']);
  });

  it('names a missing directory and a path through a file', () => {
    writeFileAtomic(join(directory, 'file'), '');
    expect(caught(() => writeFileAtomic(join(directory, 'no', 'a'), '')).message).toContain('does not exist (ENOENT)');
    expect(caught(() => writeFileAtomic(join(directory, 'file', 'a'), '')).message).toContain('is a file');
    expect(caught(() => writeFileAtomic(directory, 'x')).code).toBe('bad-file');
  });

  it('leaves a complete version whenever the writer is killed', async () => {
    const path = join(directory, 'run', 'checkpoint');
    fs.mkdirSync(join(directory, 'run'));
    writeFileAtomic(path, 'A'.repeat(SIZE));
    const script = compileWriter(join(directory, 'code'));
    let removed = 0;
    for (let i = 0; i < 20; i++) {
      const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      await kill(child, (i * 7) % 20);
      const content = fs.readFileSync(path, 'latin1');
      expect(content === content[0]!.repeat(SIZE), `kill ${i} left ${content.length} bytes`).toBe(true);
      removed += removeStaleTemps(join(directory, 'run')).length;
      expect(fs.readdirSync(join(directory, 'run'))).toEqual(['checkpoint']);
    }
    expect(removed).toBeGreaterThan(0); // otherwise no kill hit the middle of a write, and nothing was tested
  });
});

describe('removeStaleTemps', () => {
  it('removes only the temporary files of processes that have ended', () => {
    const dead = `.a.ringformer-${2 ** 22 + 1}-0.tmp`; // beyond the largest process id of Linux
    const own = `.a.ringformer-${process.pid}-3.tmp`;
    const living = `.a.ringformer-${process.ppid}-0.tmp`;
    const old = `.b.ringformer-${process.ppid}-1.tmp`;
    const far = `.b.ringformer-000000-${2 ** 22 + 1}-1.tmp`; // another machine's
    for (const name of [dead, own, living, old, far, '.a.tmp', 'a.ringformer-1-0.tmp']) {
      fs.writeFileSync(join(directory, name), '');
    }
    const hoursAgo = new Date(Date.now() - 48 * 3_600_000);
    fs.utimesSync(join(directory, old), hoursAgo, hoursAgo);
    expect(removeStaleTemps(directory).sort()).toEqual([dead, own, old].sort());
    expect(fs.readdirSync(directory).sort()).toEqual([living, far, '.a.tmp', 'a.ringformer-1-0.tmp'].sort());
  });

  it('names a directory that cannot be read', () => {
    expect(caught(() => removeStaleTemps(join(directory, 'no'))).message).toContain('Cannot read the directory');
  });
});

const SIZE = 4_000_000;

function caught(call: () => unknown): Error & { code?: string } {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** Kills the child some milliseconds after its first write. */
async function kill(child: ChildProcess, afterMs: number): Promise<void> {
  const ended = once(child, 'exit');
  await once(child.stdout!, 'data');
  await new Promise((resume) => setTimeout(resume, afterMs));
  child.kill('SIGKILL');
  await ended;
}

/** A program in plain JavaScript, which every supported Node runs: it writes A…, B…, C… to a path, for ever. */
function compileWriter(to: string): string {
  fs.mkdirSync(to);
  fs.writeFileSync(join(to, 'package.json'), '{ "type": "module" }');
  const stub = "'data:text/javascript,export class RingformerError extends Error {}'";
  fs.mkdirSync(join(to, 'logs'));
  for (const name of ['logs/atomic', 'logs/file-error', 'cleanup', 'process-id']) {
    const { outputText } = ts.transpileModule(fs.readFileSync(join(import.meta.dirname, `../${name}.ts`), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
      },
    });
    fs.writeFileSync(join(to, `${name}.js`), outputText.replace("'@ringformer/core/base'", stub));
  }
  const program = `import { writeFileAtomic } from './logs/atomic.js';
    for (let i = 0; ; i++) {
      writeFileAtomic(process.argv[2], String.fromCharCode(65 + (i % 26)).repeat(${SIZE}));
      if (i === 0) process.stdout.write('started');
    }`;
  fs.writeFileSync(join(to, 'writer.js'), program);
  return join(to, 'writer.js');
}

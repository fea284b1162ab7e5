import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJsonl } from './jsonl.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ringformer-jsonl-'));
  path = join(directory, 'log.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = () => readFileSync(path, 'utf8');

describe('openJsonl', () => {
  it('writes one line per record, at once', () => {
    const log = openJsonl(path);
    log.write({ step: 1, loss: 9.25 });
    expect(read()).toBe('{"step":1,"loss":9.25}\n');
    log.write({ event: 'grüße\n' });
    expect(read()).toBe('{"step":1,"loss":9.25}\n{"event":"grüße\\n"}\n');
    log.close();
  });

  it('spells out the numbers that JSON lacks', () => {
    const log = openJsonl(path);
    log.write({ a: Number.NaN, b: Number.POSITIVE_INFINITY, c: [Number.NEGATIVE_INFINITY] });
    log.close();
    expect(read()).toBe('{"a":"NaN","b":"Infinity","c":["-Infinity"]}\n');
  });

  it('appends to an existing log', () => {
    writeFileSync(path, '{"step":1}\n{"step":2}\n');
    const log = openJsonl(path);
    expect(log.kept).toEqual([{ step: 1 }, { step: 2 }]);
    log.write({ step: 3 });
    log.close();
    expect(read()).toBe('{"step":1}\n{"step":2}\n{"step":3}\n');
  });

  it('cuts what lies beyond the resumed step, and keeps earlier records without a step', () => {
    writeFileSync(
      path,
      '{"event":"start"}\n{"step":1}\n{"step":2}\n{"bleu":1,"step":2}\n{"step":3}\n{"event":"x"}\n{"st',
    );
    const log = openJsonl(path, { keepSteps: 2 });
    expect(log.kept).toEqual([{ event: 'start' }, { step: 1 }, { step: 2 }, { bleu: 1, step: 2 }]);
    log.write({ step: 3, again: true });
    log.close();
    expect(read()).toBe('{"event":"start"}\n{"step":1}\n{"step":2}\n{"bleu":1,"step":2}\n{"step":3,"again":true}\n');
  });

  it('keeps every complete record, wherever a kill cut the file', () => {
    const whole = '{"step":1,"text":"ü"}\n{"step":2,"text":"ß"}\n';
    const bytes = Buffer.from(whole);
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      const log = openJsonl(path);
      log.write({ step: 9 });
      log.close();
      // a record is complete with its closing brace, even if its line end is lost
      const count = [...bytes.subarray(0, length)].filter((byte) => byte === 0x7d).length;
      expect(log.kept.map(({ step }) => step)).toEqual([1, 2].slice(0, count));
      expect(
        read()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line).step),
      ).toEqual([...[1, 2].slice(0, count), 9]);
    }
  });

  it('refuses a file that is not a log, and leaves it unchanged', () => {
    const notes = '{"step":1}\nmy notes\n{"step":2}\n';
    writeFileSync(path, notes);
    const open = () => openJsonl(path, { keepSteps: 1 });
    expect(open).toThrow(`${path} is not a JSON-lines log: line 2 is not a JSON object.`);
    expect(open).toThrow(expect.objectContaining({ name: 'RingformerError', code: 'bad-file' }));
    expect(read()).toBe(notes);
  });

  it('names a missing directory, a path through a file and a directory in the place of the file', () => {
    writeFileSync(path, '');
    const missing = join(directory, 'no', 'log');
    expect(() => openJsonl(missing)).toThrow(`Cannot open the log ${missing}: its directory does not exist (ENOENT).`);
    expect(() => openJsonl(join(path, 'log'))).toThrow('a part of its path is a file');
    expect(() => openJsonl(directory)).toThrow('it is a directory (EISDIR)');
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full', () => {
    const log = openJsonl('/dev/full');
    expect(() => log.write({ step: 1 })).toThrow(
      expect.objectContaining({
        code: 'bad-file',
        message: expect.stringContaining('Cannot write the log /dev/full: the disk is full (ENOSPC). Free some space'),
      }),
    );
    log.close();
  });
});

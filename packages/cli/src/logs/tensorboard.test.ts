import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32c, openEvents } from './tensorboard.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ringformer-events-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const clock = () => 1_700_000_000_250;

describe('crc32c', () => {
  it('equals the examples of RFC 3720, B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });
});

describe('openEvents', () => {
  it("writes the bytes of TensorBoard's own writer", () => {
    const events = openEvents(join(directory, 'run', 'events'), { clock, keepSteps: 300 });
    events.scalar('train/loss', 9.25, 301);
    events.scalar('valid/größe', -0.1, 2 ** 40 + 5);
    events.scalar('a'.repeat(200), Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER);
    events.close();
    const golden = readFileSync(join(import.meta.dirname, 'testdata', 'scalars.tfevents'));
    expect(readFileSync(events.path).toString('hex')).toBe(golden.toString('hex'));
  });

  it('names its file by the second and the host, and never opens one twice', () => {
    const paths = [openEvents(directory, { clock }), openEvents(directory, { clock })].map((events) => {
      events.close();
      return events.path;
    });
    expect(readdirSync(directory).map((name) => join(directory, name))).toEqual(paths);
    expect(paths[0]).toMatch(/events\.out\.tfevents\.1700000000\.[\w.-]+$/);
    expect(paths[1]).toBe(`${paths[0]}.1`);
  });

  it('writes each value to the file at once, with its time', () => {
    let now = 1000;
    const events = openEvents(directory, { clock: () => now });
    const header = readFileSync(events.path).length;
    now = 2500;
    events.scalar('x', 1, 0);
    const record = readFileSync(events.path).subarray(header);
    expect(record.readDoubleLE(12 + 1)).toBe(2.5); // after the framing and the field's key
    expect(record.length).toBe(16 + Number(record.readBigUInt64LE(0)));
    events.close();
  });

  it('names a path that is not a directory', () => {
    writeFileSync(join(directory, 'file'), '');
    const open = () => openEvents(join(directory, 'file'));
    expect(open).toThrow(/Cannot make the directory .*file: a file is in the way/);
    expect(open).toThrow(expect.objectContaining({ name: 'RingformerError', code: 'bad-file' }));
  });
});

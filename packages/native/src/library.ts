import { closeSync, openSync, readSync } from 'node:fs';

const ELF = { 62: 'x64', 183: 'arm64' };
const MACH_O = { 16777223: 'x64', 16777228: 'arm64' };
const PE = { 34404: 'x64', 43620: 'arm64' };

/** What is wrong with a file as a library for this system; undefined if that is not what keeps it from loading. */
export function kindOf(path: string): string | undefined {
  const made = systemOf(path);
  if (!made) return 'it is not a compiled library';
  const here = `${process.platform} on ${process.arch}`;
  return made === here ? undefined : `it was built for ${made}, and this is ${here}`;
}

/** The system that a library was built for, such as 'linux on arm64', by the head of its file. */
function systemOf(path: string): string | undefined {
  const head = Buffer.alloc(1024);
  const file = openSync(path, 'r');
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  const on = (system: string, machines: Readonly<Record<number, string>>, machine: number) =>
    `${system} on ${machines[machine] ?? 'another processor'}`;
  if (head.readUInt32BE(0) === 0x7f454c46) return on('linux', ELF, head.readUInt16LE(18));
  if (head.readUInt32LE(0) === 0xfeedfacf) return on('darwin', MACH_O, head.readUInt32LE(4));
  const header = head.readUInt32LE(0x3c); // where a Windows library's own header begins
  if (head.toString('latin1', 0, 2) === 'MZ' && header < 1000 && head.readUInt32LE(header) === 0x4550)
    return on('win32', PE, head.readUInt16LE(header + 4));
  return undefined;
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const ELF = { 62: 'x64', 183: 'arm64' };
const MACH_O = { 16777223: 'x64', 16777228: 'arm64' };
const PE = { 34404: 'x64', 43620: 'arm64' };

/**
 * What is wrong with a file as a library for this system, by its head; undefined if it may be loaded. Loading half a library
 * ends the process on Linux.
 */
export function faultOf(path: string): string | undefined {
  const head = Buffer.alloc(1024);
  const file = openSync(path, 'r');
  let size: number;
  try {
    size = fstatSync(file).size;
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const made = systemOf(head);
  if (!made) return 'it is not a compiled library';
  const here = `${process.platform} on ${process.arch}`;
  if (made !== here) return `it was built for ${made}, and this is ${here}`;
  if (process.platform === 'linux' && endOf(head) > size) return 'it is cut short';
  return undefined;
}

/** The system that a library was built for, such as 'linux on arm64'. */
function systemOf(head: Buffer): string | undefined {
  const on = (system: string, machines: Readonly<Record<number, string>>, machine: number) =>
    `${system} on ${machines[machine] ?? 'another processor'}`;
  if (head.readUInt32BE(0) === 0x7f454c46) return on('linux', ELF, head.readUInt16LE(18));
  if (head.readUInt32LE(0) === 0xfeedfacf) return on('darwin', MACH_O, head.readUInt32LE(4));
  const header = head.readUInt32LE(0x3c); // where a Windows library's own header begins
  if (head.toString('latin1', 0, 2) === 'MZ' && header < 1000 && head.readUInt32LE(header) === 0x4550)
    return on('win32', PE, head.readUInt16LE(header + 4));
  return undefined;
}

/** Where an ELF file ends: after its table of sections. */
const endOf = (head: Buffer): number =>
  Number(head.readBigUInt64LE(0x28)) + head.readUInt16LE(0x3a) * head.readUInt16LE(0x3c);

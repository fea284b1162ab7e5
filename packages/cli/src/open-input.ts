import { constants, createReadStream, openSync, type Stats, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';

/**
 * The bytes of a file. A pipe, a socket or a terminal is read without blocking a thread: while nobody writes into it, Node.js
 * could not even exit.
 * @throws the system's error, here or from the stream
 */
export function openInput(path: string): Readable {
  const stats = statSync(path);
  if (process.platform === 'win32' || !canBlock(stats)) return createReadStream(path);
  if (stats.isSocket()) {
    const fd = descriptorOf(path);
    return fd === undefined ? createReadStream(path) : new Socket({ fd, readable: true, writable: false });
  }
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  if (stats.isFIFO()) return new Socket({ fd, readable: true, writable: false });
  return isatty(fd) ? new ReadStream(fd) : createReadStream(path, { fd });
}

/** Whether it is a pipe or a socket, whose content can be read only once. */
export function isStream(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.isFIFO() || stats.isSocket());
}

const canBlock = (stats: Stats): boolean => stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice();

/** The number in a name such as /dev/stdin or /dev/fd/3: a socket cannot be opened by it. */
function descriptorOf(path: string): number | undefined {
  if (path === '/dev/stdin') return 0;
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The whole content of a file. @throws the system's error, or the signal's reason */
export async function readInput(path: string, signal: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of addAbortSignal(signal, openInput(path))) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

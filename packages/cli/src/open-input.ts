import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';

/**
 * The bytes of a file. A pipe is read without blocking a thread: while nobody writes into it, Node.js could not even exit.
 * @throws the system's error, here or from the stream
 */
export function openInput(path: string): Readable {
  if (!statSync(path).isFIFO() || process.platform === 'win32') return createReadStream(path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** The whole content of a file. @throws the system's error, or the signal's reason */
export async function readInput(path: string, signal: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of addAbortSignal(signal, openInput(path))) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

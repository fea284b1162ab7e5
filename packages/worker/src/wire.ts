import { type ErrorCode, isRingformerError, RingformerError } from '@ringformer/core/base';

/** An error as plain data: structured clones of errors lose their codes. `aborted`: it is the reason of the caller's signal. */
export type PlainError =
  | { readonly name: string; readonly message: string; readonly code?: ErrorCode; readonly aborted?: boolean }
  | { readonly thrown: unknown };

/** What a call comes to. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PlainError };

export function plainError(error: unknown, signal?: AbortSignal): PlainError {
  const aborted = signal?.aborted && error === signal.reason ? { aborted: true } : {};
  if (isRingformerError(error)) return { name: error.name, message: error.message, code: error.code, ...aborted };
  if (error instanceof Error || error instanceof DOMException) {
    return { name: error.name, message: error.message, ...aborted };
  }
  return { thrown: error, ...aborted };
}

/** The error again, on the other side; the caller's own reason where it was that. */
export function errorOf(plain: PlainError, signal?: AbortSignal): unknown {
  if ('aborted' in plain && plain.aborted && signal?.aborted) return signal.reason;
  if ('thrown' in plain) return plain.thrown;
  const { name, message, code } = plain;
  if (code) return new RingformerError(code, message);
  if (name === 'AbortError' || name === 'TimeoutError') return new DOMException(message, name);
  return Object.assign(new Error(message), { name });
}

export async function replyOf<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<Reply<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: plainError(error, signal) };
  }
}

/** One end of a signal's way into the worker: `port` is to be transferred; nothing where there is no signal. */
export function sendSignal(signal: AbortSignal | undefined): { readonly port?: MessagePort; close(): void } {
  if (!signal) return { close() {} };
  const { port1, port2 } = new MessageChannel();
  const abort = () => port1.postMessage('abort');
  signal.addEventListener('abort', abort, { once: true });
  return {
    port: port2,
    close() {
      signal.removeEventListener('abort', abort);
      port1.close();
    },
  };
}

/** The other end. The reason is this side's own; `errorOf` puts the caller's in its place. */
export function receiveSignal(port: MessagePort | undefined): { readonly controller: AbortController; close(): void } {
  const controller = new AbortController();
  if (port) port.onmessage = () => controller.abort();
  return { controller, close: () => port?.close() };
}

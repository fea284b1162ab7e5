import { type ErrorCode, isRingformerError, RingformerError } from '@ringformer/core/base';

/** An error as plain data, because structured clones lose the code. `aborted`: it is the reason of the caller's signal. */
export type PlainError =
  | { readonly name: string; readonly message: string; readonly code?: ErrorCode; readonly aborted?: boolean }
  | { readonly thrown: unknown };

/** The outcome of a call. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PlainError };

export function plainError(error: unknown, signal?: AbortSignal): PlainError {
  const aborted = signal?.aborted && error === signal.reason ? { aborted: true } : {};
  if (isRingformerError(error)) return { name: error.name, message: error.message, code: error.code, ...aborted };
  if (error instanceof Error || error instanceof DOMException) {
    return { name: error.name, message: error.message, ...aborted };
  }
  return { thrown: error, ...aborted };
}

/** Rebuilds the error on the other side, or returns the reason of the caller's own signal if it was that. */
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

/** The sending end of a signal into the worker: transfer `port`. Without a signal there is no port. */
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

/** The receiving end. Its abort reason is its own; `errorOf` replaces it with the caller's. */
export function receiveSignal(port: MessagePort | undefined): { readonly controller: AbortController; close(): void } {
  const controller = new AbortController();
  if (port) port.onmessage = () => controller.abort();
  return { controller, close: () => port?.close() };
}

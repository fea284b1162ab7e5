let last = 0;

/**
 * Lets timers, events and `AbortSignal`s have their turn, at most every `interval` milliseconds. Await it in long loops.
 * @throws the signal's reason once it is aborted.
 */
export async function pause(signal?: AbortSignal, interval = 12): Promise<void> {
  signal?.throwIfAborted();
  const now = performance.now();
  if (now - last < interval) return;
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    }
  });
  last = performance.now();
  signal?.throwIfAborted();
}

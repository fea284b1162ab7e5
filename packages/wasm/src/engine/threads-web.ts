import { type Follower, type Join, PROGRAM } from './follower.ts';

export type { Follower } from './follower.ts';

/** How many threads can run in parallel. */
export const processors = (): number => globalThis.navigator?.hardwareConcurrency ?? 1;

/** A page's main thread must not sleep; a worker may. */
export const mayWait = typeof document === 'undefined';

type Brands = { readonly userAgentData?: { readonly brands: readonly { brand: string; version: string }[] } };

/** As in Node.js: V8 since version 13, that is Chromium 130. In other browsers the narrow tiles are the safe choice. */
export const wideTiles: boolean =
  (globalThis.navigator as Brands | undefined)?.userAgentData?.brands.some(
    ({ brand, version }) => brand === 'Chromium' && Number(version) >= 130,
  ) ?? false;

/**
 * Starts a thread that joins the team, unless the page may not share memory: it is not cross-origin isolated, or it is and
 * the browser does not share memory all the same, as WebKitGTK.
 */
export function follow(join: Join): Follower | undefined {
  const shares = globalThis.crossOriginIsolated && typeof SharedArrayBuffer !== 'undefined';
  if (!shares || typeof Worker === 'undefined') return undefined;
  const program = `${PROGRAM}
    onmessage = ({ data }) => serve(data, () => postMessage(0));`;
  const address = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }));
  const worker = new Worker(address);
  const started = new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(event.message || 'a worker did not start'));
  });
  started.catch(() => {});
  void started.finally(() => URL.revokeObjectURL(address)).catch(() => {});
  worker.postMessage(join);
  return { started, end: () => worker.terminate() };
}

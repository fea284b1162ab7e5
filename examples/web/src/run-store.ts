import type { Trained } from '@ringformer/worker';
import type { Point } from './curve.ts';

/** A training run, as stored between visits. */
export type Run = {
  /** Which run this is, and how often it has been stored: another tab may have stored a newer one. */
  readonly id: string;
  readonly saved: number;
  readonly settings: { readonly steps: number; readonly levels: number; readonly dim: number };
  readonly points: readonly Point[];
  readonly checkpoint?: Uint8Array<ArrayBuffer>;
  readonly trained?: Trained;
};

const KEY = 'run';

/** The one stored run, or undefined if there is none. IndexedDB writes it completely or not at all. */
export const loadRun = (): Promise<Run | undefined> =>
  within('readonly', (store) => store.get(KEY) as IDBRequest<Run | undefined>);
export const keepRun = (run: Run): Promise<unknown> => within('readwrite', (store) => store.put(run, KEY));
export const forgetRun = (): Promise<unknown> => within('readwrite', (store) => store.delete(KEY));

function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('ringformer-demo', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('runs');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction('runs', mode, { durability: 'strict' });
      const request = work(transaction.objectStore('runs'));
      transaction.oncomplete = () => {
        database.close();
        resolve(request.result);
      };
      transaction.onabort = () => {
        database.close();
        reject(transaction.error ?? request.error);
      };
    };
  });
}

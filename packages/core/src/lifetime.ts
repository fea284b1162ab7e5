import { RingformerError } from './errors.ts';

/** Until when a model may be used. `dispose` runs once. */
export function lifetime(where: string, dispose: () => void) {
  let ended = false;
  return {
    /** @throws RingformerError 'bad-argument' once it has ended */
    check(): void {
      if (ended) throw new RingformerError('bad-argument', `${where} This model was disposed. Load it again.`);
    },
    dispose(): void {
      if (!ended) dispose();
      ended = true;
    },
  };
}

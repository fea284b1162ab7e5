import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BatcherOptions, Outcome } from './batcher.ts';
import { failureOf } from './failure.ts';

/** What the server counts, for `GET /metrics`. */
export type Metrics = ReturnType<typeof makeMetrics>;
/** 'align': where the markup of documents belongs. */
export type Task = 'translate' | 'align' | 'classify';

export function makeMetrics(waiting: Readonly<Record<string, () => number>>) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'ringformer_queue_items',
    help: 'Texts or images that wait',
    labelNames: ['task'],
    registers,
    collect() {
      for (const [task, count] of Object.entries(waiting)) this.set({ task }, count());
    },
  });
  return {
    registry,
    requests: new Histogram({
      name: 'ringformer_request_seconds',
      help: 'Time from request to answer',
      labelNames: ['route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    batchItems: new Histogram({
      name: 'ringformer_batch_items',
      help: 'Texts or images computed together',
      labelNames: ['task'],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'ringformer_batch_seconds',
      help: 'Time to compute a batch',
      labelNames: ['task'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    items: new Counter({
      name: 'ringformer_items_total',
      help: 'Texts or images by outcome: ok, or the code of the error',
      labelNames: ['task', 'outcome'],
      registers,
    }),
  };
}

/** Counts the batches of a task. */
export const meterOf =
  ({ batchItems, batchSeconds }: Pick<Metrics, 'batchItems' | 'batchSeconds'>, task: Task) =>
  ({ items, seconds }: Parameters<NonNullable<BatcherOptions<never, never, never>['onBatch']>>[0]): void => {
    batchItems.observe({ task }, items);
    batchSeconds.observe({ task }, seconds);
  };

/** Counts what became of texts or images. */
export function countOutcomes(
  { items }: Pick<Metrics, 'items'>,
  task: Task,
  outcomes: readonly Outcome<unknown>[],
): void {
  for (const outcome of outcomes)
    items.inc({ task, outcome: 'error' in outcome ? failureOf(outcome.error).code : 'ok' });
}

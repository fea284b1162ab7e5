import { setTimeout } from 'node:timers/promises';
import { batches } from '../src/index.ts';

const image = { width: 1, height: 1, channels: 1, data: Uint8Array.of(1) } as const;
const dataset = { length: 100, classes: ['one'], get: async () => ({ image, label: 0 }) };
const transform = { steps: [], normalize: 'half' } as const;
for (let epoch = 0; epoch < 3; epoch++) {
  for await (const { next } of batches(dataset, { size: 1, seed: 1, transform, epoch, workers: 2 })) {
    await setTimeout(20); // the threads have nothing left to do
    if (next.batch === 2) break;
  }
}
console.log('left');

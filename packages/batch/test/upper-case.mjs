// A thread for the tests of pools: what a line says happens to it.

import { workerData } from 'node:worker_threads';
import { answerPieces } from '../dist/thread.js';

async function compute({ bytes, lines }, onProgress) {
  const text = Buffer.from(bytes).toString('utf8');
  if (text.includes('exit')) process.exit(7);
  if (text.includes('fail')) throw Object.assign(new Error('It says fail.'), { code: 'bad-text' });
  if (text.includes('block')) for (;;);
  onProgress(lines);
  return { output: Buffer.from(text.toUpperCase()), lines, bad: 0, notes: [] };
}

const loading = {
  broken: () => Promise.reject(new Error('No model here.')),
  slow: () => new Promise((resolve) => setTimeout(resolve, 3_600_000, compute)),
};

answerPieces(loading[workerData]?.() ?? Promise.resolve(compute));

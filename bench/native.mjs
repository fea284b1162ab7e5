// The jobs in this process, against onnxruntime-node.
import { availableParallelism } from 'node:os';
import ort from 'onnxruntime-node';
import { enableRelaxedSimd, startFused } from '../packages/wasm/dist/fused.js';
import { contest } from './contest.mjs';

/** The least ratio that the project asks for. */
const MUST = { 'J1 256 f32': 2, 'J1 256 int8': 2, 'J1 512 f32': 1.5, 'J1 512 int8': 1.4, 'J2 256 f32': 0.8 };

/** Runs jobs and tells each result. → where it was */
export async function run(jobs, rounds, tell) {
  enableRelaxedSimd();
  const { fused } = await startFused();
  const place = {
    fused,
    ort,
    peer: 'onnxruntime-node',
    threads: availableParallelism() > 1 ? [1, 2] : [1],
    settings: (threads) => ({ intraOpNumThreads: threads, interOpNumThreads: 1 }),
  };
  for (const job of jobs) {
    const must = MUST[`${job.id} ${job.dim} ${job.precision}`];
    tell(await contest({ ...job, must }, place, rounds));
  }
  return `Node.js ${process.versions.node}`;
}

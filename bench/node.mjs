// Runs the jobs in this process, against onnxruntime-node.
import { availableParallelism } from 'node:os';
import ort from 'onnxruntime-node';
import { enableRelaxedSimd, startEngine } from '../packages/wasm/dist/engine.js';
import { contest } from './contest.mjs';
import { configOf, weightsOf } from './model.mjs';
import { graphsOf } from './onnx-graphs.mjs';
import { onnxRuntime } from './translators.mjs';

const session = (intraOpNumThreads, spinning = '1') => ({
  intraOpNumThreads,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: spinning } } },
});
const VARIANTS = {
  '1 thread': { encode: session(1), decode: session(1) },
  '2 threads': { encode: session(2), decode: session(2) },
  '2 threads that do not spin': { encode: session(2, '0'), decode: session(2, '0') },
  'encoder 1 thread, decoder 2': { encode: session(1), decode: session(2) },
  'encoder 2 threads, decoder 1': { encode: session(2, '0'), decode: session(1) },
};

function peer(name, options) {
  const open = ({ dim, precision, signals, logits }) => {
    const config = configOf(dim);
    const graphs = graphsOf(config, weightsOf(config), { int8: precision === 'int8', signals, logits });
    return onnxRuntime(ort, config, graphs, options);
  };
  return { name: `onnxruntime-node, ${name}`, open };
}

/** Runs jobs and reports each result. → the environment's name */
export async function run(jobs, rounds, tell) {
  enableRelaxedSimd();
  const { engine } = await startEngine();
  const several = availableParallelism() > 1;
  const variants = Object.entries(VARIANTS).slice(0, several ? undefined : 1);
  const place = {
    engine,
    threads: several ? [1, 2] : [1],
    peers: variants.map(([name, options]) => peer(name, options)),
  };
  for (const job of jobs) tell(await contest(job, place, rounds));
  return `Node.js ${process.versions.node}`;
}

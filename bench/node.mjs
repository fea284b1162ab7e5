// Runs the jobs in this process, against onnxruntime-node.
import { availableParallelism } from 'node:os';
import ort from 'onnxruntime-node';
import { enableRelaxedSimd, enableWideVectors } from '../packages/wasm/dist/engine.js';
import { pythonHas } from './ask.mjs';
import { contest } from './contest.mjs';
import { likeTransformer } from './like-transformer.mjs';
import { configOf, weightsOf } from './model.mjs';
import { graphsOf } from './onnx-graphs.mjs';
import { startEngines } from './our-engines.mjs';
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

/** Runs jobs and reports each result. `python`: one that has CTranslate2. → the environment's name */
export async function run(jobs, rounds, tell, { python } = {}) {
  enableRelaxedSimd();
  enableWideVectors();
  const several = availableParallelism() > 1;
  const threads = several ? [1, 2] : [1];
  const variants = Object.entries(VARIANTS).slice(0, several ? undefined : 1);
  const like = (count) => ({
    name: `CTranslate2, a like Transformer, ${count} thread${count > 1 ? 's' : ''}`,
    open: (job) => likeTransformer(python, { ...job, threads: count }),
  });
  const place = {
    engines: await startEngines(),
    threads,
    peers: variants.map(([name, options]) => peer(name, options)),
    likes: python && pythonHas(python, 'ctranslate2') ? threads.map(like) : [],
  };
  for (const job of jobs) tell(await contest(job, place, rounds));
  return `Node.js ${process.versions.node}`;
}

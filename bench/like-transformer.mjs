import { askPython } from './ask.mjs';

/** CTranslate2 on a Transformer of the job's size, in a Python process: see ctranslate.py. */
export async function likeTransformer(python, { dim, rows, length, precision, threads }) {
  const type = precision === 'f32' ? 'float32' : precision;
  const { ask, end } = askPython(python, './ctranslate.py', [dim, rows, length, type, threads]);
  await ask();
  return { run: ask, end };
}

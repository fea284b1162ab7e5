import { disposeTree } from '@ringformer/core';
import { type AnyParams, loadSeq2seq, type TranslateOptions, type Translator } from '@ringformer/seq2seq';
import { corpusBleu, corpusChrf } from '@ringformer/text';
import { architectureNamed } from '../architecture.ts';
import { startBackend } from '../backends.ts';
import { FailedError } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { allLines } from '../lines.ts';
import { type Engine, filesFor, findGraphs, openTranslator } from '../model.ts';
import { withOutput } from '../output.ts';
import { statusLine } from '../status-line.ts';
import { validLoss } from '../train/translation/evaluate.ts';
import { oneLine } from '../translate/chunk.ts';

export type EvaluateRequest = {
  readonly io: Io;
  /** Sentences to translate; or instead `hypotheses`, which are translations already. */
  readonly source: string | undefined;
  readonly hypotheses: string | undefined;
  readonly target: string;
  readonly output: string | undefined;
  readonly limit: number | undefined;
  readonly model: string | undefined;
  readonly engine: Engine;
  readonly json: boolean;
  readonly batchSize: number;
  readonly search: Omit<TranslateOptions, 'signal'>;
};

/** What can be measured of a model, but not of a file of translations. */
type Measured = {
  readonly engine: Translator['engine'];
  /** In nats per target token. Missing for graphs, which come without the weights. */
  readonly loss?: number;
  readonly perplexity?: number;
  readonly seconds: number;
  readonly sentencesPerSecond: number;
};

/** Translates if there is something to translate, then scores and prints. */
export async function evaluate(request: EvaluateRequest): Promise<void> {
  const { io, json, limit, search } = request;
  const { backend } = request.engine;
  const given = (request.source ?? request.hypotheses) as string;
  const sources = (await allLines(given, io)).slice(0, limit);
  const targets = (await allLines(request.target, io)).slice(0, limit);
  if (sources.length !== targets.length || sources.length === 0) {
    throw new FailedError(
      `${given} has ${sources.length} lines and ${request.target} ${targets.length}; expected the same number, at least one. Line N of one belongs to line N of the other.`,
    );
  }
  const measured = request.source === undefined ? undefined : await measure(request, sources, targets);
  const hypotheses = measured?.hypotheses ?? sources;
  const bleu = corpusBleu(hypotheses, targets);
  const chrf = corpusChrf(hypotheses, targets);
  const numbers = measured?.numbers;
  if (json) {
    const scores = { bleu: bleu.score, chrf: chrf.score, signatures: { bleu: bleu.signature, chrf: chrf.signature } };
    const settings = numbers && { ...numbers, ...search, backend };
    return writeJson(io.stdout, { sentences: sources.length, ...scores, ...settings });
  }
  const lines = [bleu.format(), chrf.format()];
  if (numbers) {
    const { loss, perplexity, seconds, sentencesPerSecond } = numbers;
    if (loss !== undefined && perplexity !== undefined) {
      lines.push(`loss ${loss.toFixed(4)} nats per token, perplexity ${perplexity.toFixed(2)}`);
    }
    const where = numbers.engine === 'onnx' ? 'engine onnx' : `backend ${backend}`;
    lines.push(
      `${sources.length} sentences in ${seconds.toFixed(1)} s, ${sentencesPerSecond.toFixed(1)} per second (beam ${search.beams}, ${where})`,
    );
  }
  await write(io.stdout, lines.map((line) => `${line}\n`).join(''));
}

async function measure(
  request: EvaluateRequest,
  sources: string[],
  targets: string[],
): Promise<{ hypotheses: string[]; numbers: Measured }> {
  const { io, model, engine, output, batchSize, search } = request;
  const translator = await openTranslator(model, engine, io.signal);
  const progress = statusLine(io);
  try {
    const translate = async () => {
      const started = performance.now();
      const results = await translator.translateBatch(sources, {
        ...search,
        batchSize,
        signal: io.signal,
        onProgress: ({ done, total }) => progress.show(`${done} of ${total} sentences`),
      });
      return { hypotheses: results.map(oneLine), seconds: (performance.now() - started) / 1000 };
    };
    const { hypotheses, seconds } =
      output === undefined
        ? await translate()
        : await withOutput(output, io, async (file) => {
            const result = await translate();
            await file.write(result.hypotheses.map((line) => `${line}\n`).join(''));
            return result;
          });
    const loss = findGraphs(model) ? undefined : await lossOf(request, translator, sources, targets);
    const likelihood = loss === undefined ? {} : { loss, perplexity: Math.exp(loss) };
    const speed = { seconds, sentencesPerSecond: sources.length / seconds };
    return { hypotheses, numbers: { engine: translator.engine, ...likelihood, ...speed } };
  } finally {
    progress.clear();
    translator.dispose();
  }
}

/**
 * In nats per token of the references, over the pairs that fit the model; computed by TensorFlow.js, whichever engine
 * translates.
 */
async function lossOf(
  { model, engine, io }: EvaluateRequest,
  { config, tokenizer }: Translator,
  sources: string[],
  targets: string[],
): Promise<number> {
  const pairs = sources.map((source, i) => ({
    source: tokenizer.encode(source),
    target: tokenizer.encode(targets[i] as string),
  }));
  const backend = await startBackend(engine.backend);
  const { weights } = await filesFor(model, engine);
  const architecture = await architectureNamed(config.architecture);
  const bytes = await backend.readBytes(weights, { signal: io.signal });
  const tensors = loadSeq2seq<AnyParams>(config, bytes, architecture);
  try {
    const batchTokens = Math.max(2048, config.maxLength);
    return await validLoss(tensors, { pairs, texts: { source: sources, target: targets } }, batchTokens);
  } finally {
    disposeTree(tensors.params);
  }
}

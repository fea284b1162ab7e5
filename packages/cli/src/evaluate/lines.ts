import { disposeTree } from '@ringformer/core';
import { type AnyParams, loadSeq2seq, type TranslateOptions, type Translator } from '@ringformer/seq2seq';
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
import { lineWarnings } from '../translate/warnings.ts';
import { referenceScores, referenceText, tokenizerFor } from './reference.ts';
import { scoresJson, scoresOf, scoresText } from './scores.ts';

export type EvaluateRequest = {
  readonly io: Io;
  /** Sentences to translate; or instead `hypotheses`, which are translations already. */
  readonly source: string | undefined;
  readonly hypotheses: string | undefined;
  /** Files of references. */
  readonly targets: readonly string[];
  readonly metric: 'sacrebleu' | 'reference';
  /** A file of another system's translations. */
  readonly baseline: string | undefined;
  /** How often to resample; 0: no intervals. */
  readonly samples: number;
  /** Whether to compute the loss too. */
  readonly loss: boolean;
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
  /** What TensorFlow.js computes on, if it is the engine. */
  readonly backend?: string;
  /** In nats per target token. Missing for graphs, which come without the weights. */
  readonly loss?: number;
  readonly perplexity?: number;
  /** Pairs that are too long for the model, and not in the loss. */
  readonly lossLeftOut?: number;
  readonly seconds: number;
  readonly sentencesPerSecond: number;
};

/** Translates if there is something to translate, then scores and prints. */
export async function evaluate(request: EvaluateRequest): Promise<void> {
  const { io, json, search, samples } = request;
  const given = (request.source ?? request.hypotheses) as string;
  const others = request.baseline === undefined ? [] : [request.baseline];
  const [lines, ...rest] = await alignedLines([given, ...request.targets, ...others], request);
  const references = rest.slice(0, request.targets.length);
  const baseline = rest[request.targets.length];
  const translated = request.source !== undefined;
  const measured = translated ? await measure(request, lines, references[0] as string[]) : undefined;
  const hypotheses = measured?.hypotheses ?? lines;
  const scored = async () => {
    if (request.metric === 'reference') {
      const tokenizer = await tokenizerFor(request.model, request.engine);
      const scores = referenceScores(hypotheses, references[0]!, tokenizer);
      return { metric: { metric: 'reference', ...scores }, text: referenceText(scores) };
    }
    const report = scoresOf({ hypotheses, references, baseline, samples, ...(translated && { sources: lines }) });
    return { metric: scoresJson(report, lines.length), text: scoresText(report, lines.length) };
  };
  const { metric, text: out } = await scored();
  const numbers = measured?.numbers;
  if (json) {
    const settings = numbers && { ...numbers, ...search };
    return writeJson(io.stdout, { sentences: lines.length, ...metric, ...settings });
  }
  if (numbers) {
    const { loss, perplexity, lossLeftOut = 0, seconds, sentencesPerSecond, engine, backend } = numbers;
    if (loss !== undefined && perplexity !== undefined) {
      const without = lossLeftOut > 0 ? `, without ${lossLeftOut} pairs that are too long for the model` : '';
      out.push(`loss ${loss.toFixed(4)} nats per token, perplexity ${perplexity.toFixed(2)}${without}`);
    }
    const where = backend === undefined ? `engine ${engine}` : `engine ${engine}, backend ${backend}`;
    out.push(
      `${lines.length} sentences in ${seconds.toFixed(1)} s, ${sentencesPerSecond.toFixed(1)} per second (beam ${search.beams}, ${where})`,
    );
  }
  await write(io.stdout, out.map((line) => `${line}\n`).join(''));
}

/** The lines of files that belong together, line by line. @throws FailedError if one has more lines than another, or none */
export async function alignedLines(
  [first, ...others]: readonly [string, ...string[]],
  { io, limit }: Pick<EvaluateRequest, 'io' | 'limit'>,
): Promise<[string[], ...string[][]]> {
  const read = async (file: string) => (await allLines(file, io)).slice(0, limit);
  const lines = await read(first);
  const rest: string[][] = [];
  for (const file of others) {
    const found = await read(file);
    rest.push(found);
    if (found.length === lines.length && lines.length > 0) continue;
    throw new FailedError(
      `${first} has ${lines.length} lines and ${file} ${found.length}; expected the same number, at least one. Line N of one belongs to line N of the other.`,
    );
  }
  return [lines, ...rest];
}

async function measure(
  request: EvaluateRequest,
  sources: string[],
  targets: string[],
): Promise<{ hypotheses: string[]; numbers: Measured }> {
  const { io, model, engine, output, batchSize, search, source } = request;
  const translator = await openTranslator(model, engine, io.signal);
  const progress = statusLine(io);
  try {
    const translate = async () => {
      const started = performance.now();
      const warnings = lineWarnings();
      const results = await translator.translateBatch(sources, {
        ...search,
        onWarning: warnings.onWarning,
        batchSize,
        signal: io.signal,
        onProgress: ({ done, total }) => progress.show(`${done} of ${total} sentences`),
      });
      progress.clear();
      const said = warnings.said(source ?? 'stdin', 1);
      if (said !== '') await write(io.stderr, said);
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
    const without = !request.loss || findGraphs(model);
    const likelihood = without ? {} : await lossOf(request, translator, sources, targets);
    const speed = { seconds, sentencesPerSecond: sources.length / seconds };
    const place = { engine: translator.engine, ...(translator.engine === 'tfjs' && { backend: engine.backend }) };
    return { hypotheses, numbers: { ...place, ...likelihood, ...speed } };
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
): Promise<Pick<Measured, 'loss' | 'perplexity' | 'lossLeftOut'>> {
  const pairs = sources.map((source, i) => ({
    source: tokenizer.encode(source),
    target: tokenizer.encode(targets[i] as string),
  }));
  const lossLeftOut = pairs.filter(
    ({ source, target }) => Math.max(source.length, target.length) + 2 > config.maxLength, // bos and eos
  ).length;
  if (lossLeftOut === pairs.length) {
    throw new FailedError(
      `No sentence and its reference fit this model, which reads at most ${config.maxLength - 2} tokens of each, so there is no loss. Give shorter ones, or add --no-loss.`,
    );
  }
  const backend = await startBackend(engine.backend);
  const { weights } = await filesFor(model, engine);
  const architecture = await architectureNamed(config.architecture);
  const bytes = await backend.readBytes(weights, { signal: io.signal });
  const tensors = loadSeq2seq<AnyParams>(config, bytes, architecture);
  try {
    const batchTokens = Math.max(2048, config.maxLength);
    const loss = await validLoss(tensors, { pairs, texts: { source: sources, target: targets } }, batchTokens);
    if (Number.isFinite(loss)) return { loss, perplexity: Math.exp(loss), lossLeftOut };
    throw new FailedError(`The loss is ${loss}: this model's weights are damaged, or its training diverged.`);
  } finally {
    disposeTree(tensors.params);
  }
}

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  averageTrees,
  type Backend,
  type Compute,
  countParams,
  disposeTree,
  type History,
  initAdam,
  RingformerError,
  readTrainState,
  type StepReport,
  type TrainState,
  train,
  writeTrainState,
} from '@ringformer/core';
import {
  initSeq2seq,
  loadSeq2seq,
  type Seq2seq,
  type Seq2seqConfig,
  type Seq2seqParams,
  saveSeq2seq,
  seq2seqConfig,
  seq2seqSpec,
  writeConfig,
} from '@ringformer/seq2seq';
import type { Tokenizer } from '@ringformer/text';
import { removeStaleTemps, writeFileAtomic } from '../logs/atomic.ts';
import { type Corpus, readCorpus, type SentenceBatch, tokenizerAt } from './data.ts';
import { validBleu, validLoss } from './evaluate.ts';
import { openRecords } from './records.ts';
import { readSettings, scheduleOf, type TrainSettings } from './settings.ts';
import { sentenceTask } from './task.ts';
import { shareWork } from './workers.ts';

export type RunOptions = {
  readonly output: string;
  /** Settings given now; where the folder holds a run, they must agree with its own. */
  readonly given: Record<string, unknown>;
  /** Processes' worth of gradients computed side by side. */
  readonly workers: number;
  readonly signal: AbortSignal;
};

type State = TrainState<Seq2seqParams>;

/** Starts a run in `output`, or goes on with the one that is there; writes the trained model to `output/model`. */
export async function runTraining(backend: Backend, { output, given, workers, signal }: RunOptions): Promise<void> {
  if (!backend.trains)
    throw new RingformerError(
      'no-backend',
      `The backend '${backend.name}' lacks gradient kernels. Train with --backend wasm.`,
    );
  const at = (...names: string[]) => join(output, ...names);
  const settings = await settingsOf(at('run.json'), given, output);
  mkdirSync(at('model'), { recursive: true });
  mkdirSync(at('snapshots'), { recursive: true });
  for (const folder of [output, at('model'), at('snapshots')]) removeStaleTemps(folder);

  const tokenizer = await tokenizerAt(at('model', 'tokenizer.json'), settings, signal);
  const config = configOf(settings, tokenizer);
  await writeFileAtomic(at('model', 'config.json'), writeConfig(config));
  const [corpus, valid] = [
    await readCorpus(settings.source, settings.target, tokenizer, signal),
    await readCorpus(settings.validSource, settings.validTarget, tokenizer, signal),
  ];
  const task = sentenceTask(config, corpus.pairs, settings);
  const start = startOf(at('checkpoint.safetensors'), config, settings);
  const records = openRecords(output, settings, start.state.adam.step);
  records.note(
    `${countParams(start.state.params).toLocaleString('en')} parameters, ${corpus.pairs.length.toLocaleString('en')} pairs (${task.dropped} too long), ` +
      `${task.batchesPerEpoch} batches an epoch${start.state.adam.step > 0 ? `; resumed at update ${start.state.adam.step}` : ''}`,
  );

  const pool = workers > 1 ? await shareWork(task, config, settings, start.state.params, workers) : undefined;
  try {
    const { state, history } = await train(task, start.state, {
      ...stepOptions(settings),
      steps: settings.steps,
      history: start.history,
      patience: settings.patience,
      evaluateEvery: settings.evaluateEvery,
      checkpointEvery: settings.checkpointEvery,
      signal,
      compute: pool?.compute as Compute<Seq2seqParams, SentenceBatch> | undefined,
      onStep: (report: StepReport) => records.step(report),
      evaluate: async (state) => {
        const model = { config, params: state.params };
        const loss = await validLoss(model, valid, settings.batchTokens);
        const bleu = await validBleu(model, tokenizer, valid, settings.evaluateSentences, signal);
        records.evaluation(state.adam.step, loss, bleu);
        await snapshot(at('snapshots'), model, state.adam.step, settings.average);
        return -loss;
      },
      checkpoint: async (state, history) => {
        await writeFileAtomic(
          at('checkpoint.safetensors'),
          await writeTrainState({ state, history, note: 'translation' }),
        );
        await records.curve();
      },
    });
    await finish({ config, params: state.params }, history, tokenizer, valid, settings, output, records.note, signal);
    disposeState(state);
  } finally {
    await pool?.close();
    records.close();
  }
}

async function settingsOf(path: string, given: Record<string, unknown>, output: string): Promise<TrainSettings> {
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : undefined;
  const settings = readSettings(stored, given);
  // How long to train, and how often to look, may change on the way; what the weights depend on may not.
  const free = new Set([
    'steps',
    'evaluateEvery',
    'evaluateSentences',
    'checkpointEvery',
    'patience',
    'average',
    'validSource',
    'validTarget',
  ]);
  for (const [name, value] of Object.entries(stored ?? {})) {
    if (!free.has(name) && settings[name as keyof TrainSettings] !== value) {
      throw new RingformerError(
        'bad-argument',
        `${output} holds a run with ${name} ${value}, not ${settings[name as keyof TrainSettings]}. Leave the flag out to go on with it, or choose another --output.`,
      );
    }
  }
  mkdirSync(output, { recursive: true });
  await writeFileAtomic(path, `${JSON.stringify(settings, null, 2)}\n`);
  return settings;
}

function configOf(settings: TrainSettings, { vocabSize, padId, bosId, eosId }: Tokenizer): Seq2seqConfig {
  const { dim, mlpDim, heads, encoderLevels, decoderLevels, rank, maxLength, tie, signalInit, dropout } = settings;
  const sizes = { sourceVocab: vocabSize, targetVocab: vocabSize, padId, bosId, eosId };
  return seq2seqConfig({
    dim,
    mlpDim,
    heads,
    encoderLevels,
    decoderLevels,
    rank,
    maxLength,
    tie,
    signalInit,
    dropout,
    ...sizes,
  });
}

function startOf(path: string, config: Seq2seqConfig, settings: TrainSettings): { state: State; history: History } {
  if (existsSync(path)) return readTrainState<Seq2seqParams>('this run', seq2seqSpec(config), readFileSync(path));
  const { params } = initSeq2seq(config, settings.seed);
  return { state: { params, adam: initAdam(params), cursor: { epoch: 0, batch: 0 } }, history: { stale: 0 } };
}

/** What one update depends on. */
export function stepOptions(settings: TrainSettings) {
  const { beta2, weightDecay, clipNorm, accumulate, seed } = settings;
  return {
    schedule: scheduleOf(settings),
    adam: { beta2, epsilon: 1e-9, weightDecay },
    clipNorm: clipNorm > 0 ? clipNorm : undefined,
    accumulate,
    seed,
  };
}

async function snapshot(folder: string, model: Seq2seq, step: number, keep: number): Promise<void> {
  await writeFileAtomic(join(folder, `step-${String(step).padStart(8, '0')}.safetensors`), await saveSeq2seq(model));
  for (const name of snapshots(folder).slice(0, -Math.max(1, keep))) rmSync(join(folder, name));
}

const snapshots = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors'))
    .sort();

/** Writes the average of the last snapshots, or the last weights where those are better, as the model. */
async function finish(
  last: Seq2seq,
  history: History,
  tokenizer: Tokenizer,
  valid: Corpus,
  settings: TrainSettings,
  output: string,
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const folder = join(output, 'snapshots');
  const loaded = snapshots(folder)
    .slice(-Math.max(1, settings.average))
    .map((name) => loadSeq2seq(last.config, readFileSync(join(folder, name))).params);
  const [first, ...rest] = loaded;
  const averaged = first && { config: last.config, params: averageTrees([first, ...rest]) };
  for (const tree of loaded) disposeTree(tree);
  const candidates = [
    { name: 'last weights', model: last },
    ...(averaged ? [{ name: `average of ${loaded.length} snapshots`, model: averaged }] : []),
  ];
  const scored = [];
  for (const candidate of candidates)
    scored.push({ ...candidate, loss: await validLoss(candidate.model, valid, settings.batchTokens) });
  const best = scored.reduce((a, b) => (b.loss < a.loss ? b : a));
  const bleu = await validBleu(best.model, tokenizer, valid, settings.evaluateSentences, signal);
  await writeFileAtomic(join(output, 'model', 'model.safetensors'), await saveSeq2seq(best.model, { dtype: 'F16' }));
  note(
    `${scored.map(({ name, loss }) => `${name}: valid loss ${loss.toFixed(4)}`).join('; ')}. Wrote the ${best.name}, BLEU ${bleu.toFixed(2)} (greedy, ${settings.evaluateSentences} sentences), to ${join(output, 'model')}`,
  );
  if (history.best)
    note(`best evaluation: update ${history.best.step}, valid loss ${(-history.best.score).toFixed(4)}`);
  if (averaged) disposeTree(averaged.params);
}

function disposeState({ params, adam }: State): void {
  for (const tree of [params, adam.m, adam.v]) disposeTree(tree);
}

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
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
  type AnyParams,
  initSeq2seq,
  ringFormer,
  type Seq2seqConfig,
  saveSeq2seq,
  seq2seqConfig,
  writeConfig,
} from '@ringformer/seq2seq';
import type { Tokenizer } from '@ringformer/text';
import { readLines } from '@ringformer/text/node';
import { architectureNamed } from '../architecture.ts';
import type { Io } from '../io.ts';
import { removeStaleTemps, writeFileAtomic } from '../logs/atomic.ts';
import { readCorpus, type SentenceBatch, tokenizerAt } from './data.ts';
import { validBleu, validLoss } from './evaluate.ts';
import { openRecords } from './records.ts';
import { readSettings, scheduleOf, type TrainSettings } from './settings.ts';
import { chooseModel, keepSnapshot } from './snapshots.ts';
import { type Kind, sentenceTask } from './task.ts';
import { shareWork } from './workers.ts';

export type RunOptions = {
  readonly output: string;
  /** Settings given now; where the folder holds a run, they must agree with its own. */
  readonly given: Record<string, unknown>;
  /** Processes' worth of gradients computed side by side. */
  readonly workers: number;
  readonly io: Io;
};

/** What a finished run reports: where its model is, and how good it was on the validation text. */
export type RunResult = {
  readonly model: string;
  readonly step: number;
  readonly validLoss: number;
  readonly bleu: number;
};

type State = TrainState<AnyParams>;

/** Starts a run in `output`, or goes on with the one that is there; writes the trained model to `output/model`. */
export async function runTraining(backend: Backend, { output, given, workers, io }: RunOptions): Promise<RunResult> {
  const { signal } = io;
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
  const kind: Kind = { config, architecture: await architectureNamed(config.architecture) };
  const task = sentenceTask(kind, corpus.pairs, settings);
  const start = startOf(at('checkpoint.safetensors'), kind, settings);
  const records = openRecords(output, settings, start.state.adam.step, io.stderr);
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
      compute: pool?.compute as Compute<AnyParams, SentenceBatch> | undefined,
      onStep: (report: StepReport) => records.step(report),
      evaluate: async (state) => {
        const model = { ...kind, params: state.params };
        const loss = await validLoss(model, valid, settings.batchTokens);
        const bleu = await validBleu(model, tokenizer, valid, settings.evaluateSentences, signal);
        records.evaluation(state.adam.step, loss, bleu);
        await keepSnapshot(at('snapshots'), model, state.adam.step, settings.average);
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
    const last = { ...kind, params: state.params };
    const found = await chooseModel(last, at('snapshots'), valid, settings);
    const bleu = await validBleu(found.model, tokenizer, valid, settings.evaluateSentences, signal);
    await writeFileAtomic(at('model', 'model.safetensors'), await saveSeq2seq(found.model, { dtype: 'F16' }));
    records.note(
      `${found.says}. BLEU ${bleu.toFixed(2)} (greedy, ${settings.evaluateSentences} sentences). Wrote ${at('model')}`,
    );
    if (history.best)
      records.note(`best evaluation: update ${history.best.step}, valid loss ${(-history.best.score).toFixed(4)}`);
    const result = { model: at('model'), step: state.adam.step, validLoss: found.loss, bleu };
    found.dispose();
    disposeState(state);
    return result;
  } finally {
    await pool?.close();
    records.close();
  }
}

async function settingsOf(path: string, given: Record<string, unknown>, output: string): Promise<TrainSettings> {
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : undefined;
  const settings = readSettings(stored, given);
  // How long to train and how often to look may change on the way; what the weights depend on may not.
  const free = new Set<string>([
    'evaluateEvery',
    'evaluateSentences',
    'checkpointEvery',
    'patience',
    'average',
    'validSource',
    'validTarget',
  ]);
  if (settings.schedule !== 'cosine') for (const name of ['steps', 'cooldown']) free.add(name);
  for (const [name, value] of Object.entries(stored ?? {})) {
    if (!free.has(name) && settings[name as keyof TrainSettings] !== value) {
      throw new RingformerError(
        'bad-argument',
        `${output} holds a run with ${name} ${value}, not ${settings[name as keyof TrainSettings]}. Leave the flag out to go on with it, or choose another --output.`,
      );
    }
  }
  // A wrong name or setting must leave nothing behind: the texts and the sizes are tried before the folder is made.
  for (const name of ['source', 'target', 'validSource', 'validTarget'] as const) {
    for await (const _ of readLines(settings[name])) break;
  }
  configOf(settings, { vocabSize: settings.vocab, padId: 0, bosId: 1, eosId: 2 });
  mkdirSync(output, { recursive: true });
  await writeFileAtomic(path, `${JSON.stringify(settings, null, 2)}\n`);
  return settings;
}

type Vocabulary = Pick<Tokenizer, 'vocabSize' | 'padId' | 'bosId' | 'eosId'>;

function configOf(settings: TrainSettings, { vocabSize, padId, bosId, eosId }: Vocabulary): Seq2seqConfig {
  const { architecture, dim, mlpDim, heads, encoderLevels, decoderLevels, rank, maxLength, tie, signalInit, dropout } =
    settings;
  const sizes = { sourceVocab: vocabSize, targetVocab: vocabSize, padId, bosId, eosId };
  return seq2seqConfig({
    architecture,
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

function startOf(
  path: string,
  { config, architecture }: Kind,
  settings: TrainSettings,
): { state: State; history: History } {
  if (existsSync(path)) {
    const { spec } = architecture ?? ringFormer;
    return readTrainState<AnyParams>('this run', spec(config), readFileSync(path));
  }
  const { params } = initSeq2seq<AnyParams>(config, settings.seed, architecture);
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

function disposeState({ params, adam }: State): void {
  for (const tree of [params, adam.m, adam.v]) disposeTree(tree);
}

import { join } from 'node:path';
import { countSpec } from '@ringformer/core';
import {
  type AnyParams,
  initSeq2seq,
  loadSeq2seq,
  readWeights,
  ringFormer,
  type Seq2seqConfig,
  saveSeq2seq,
  seq2seqConfig,
  writeConfig,
} from '@ringformer/seq2seq';
import { type IdPair, loadTokenizer, type Tokenizer } from '@ringformer/text';
import { readLines, readMixtureFile } from '@ringformer/text/node';
import { architectureNamed, vanillaOf } from '../../architecture.ts';
import { writeFileAtomic } from '../../logs/atomic.ts';
import { ablationOf } from '../ablation.ts';
import { initFile } from '../start-from.ts';
import type { Subject } from '../subject.ts';
import { cutting, fitting, readCorpus, type SentenceBatch, tokenizerOf } from './data.ts';
import { validBleu, validLoss } from './evaluate.ts';
import { TRANSLATION_PRESETS } from './presets.ts';
import { TRANSLATION_SETTINGS, type TranslationSettings } from './settings.ts';
import { type Kind, sentenceTask } from './task.ts';
import { checkSameText, textFacts } from './text-facts.ts';
import { openText } from './training-text.ts';

/** A translation model, trained on parallel text. */
export const TRANSLATION: Subject<TranslationSettings, AnyParams, SentenceBatch> = {
  name: 'translation',
  command: 'train',
  settings: TRANSLATION_SETTINGS,
  presets: TRANSLATION_PRESETS,
  mayChange: ['evaluateSentences'],
  unit: 'token',
  scoreName: 'BLEU',
  problems: ({ source, target, mixture }) => {
    const pair = source !== '' && target !== '';
    if (mixture === '' ? pair : source === '' && target === '') return [];
    return ['expected either --source and --target, or --mixture with a JSON file of several.'];
  },
  async check(settings, before) {
    for (const path of trainingFiles(settings).concat(settings.validSource, settings.validTarget)) {
      for await (const _ of readLines(path)) break;
    }
    if (!before && settings.init !== '') {
      const config = configOf(settings, loadTokenizer(initFile(settings.init, 'tokenizer.json')));
      const architecture = await architectureNamed(config.architecture);
      readWeights(config, initFile(settings.init, 'model.safetensors'), architecture);
    } else configOf(settings, { vocabSize: settings.vocab, padId: 0, bosId: 1, eosId: 2 });
    const facts = await textFacts(settings);
    if (before) checkSameText(facts, before, settings);
    return facts;
  },
  async open(settings, folder, signal, resumed) {
    const text = await openText(settings, join(folder, '..', 'mixture.json'), signal, resumed);
    const tokenizerFile = await tokenizerOf(resumed ? folder : undefined, settings, text.lines, signal);
    const tokenizer = loadTokenizer(tokenizerFile);
    const config = configOf(settings, tokenizer);
    const cut = settings.tooLong === 'cut' ? cutting(config.maxLength) : (pair: IdPair) => pair;
    const read = await readCorpus(settings.validSource, settings.validTarget, tokenizer, signal);
    const valid = { ...read, pairs: read.pairs.map(cut) };
    const judged = fitting(valid, config.maxLength);
    const kind: Kind = { config, architecture: await architectureNamed(config.architecture) };
    const pairsOf = await text.open(tokenizer);
    const cutOf = (epoch: number) => pairsOf(epoch).map((pair) => ({ ...pair, ...cut(pair) }));
    const task = sentenceTask(kind, settings.tooLong === 'cut' ? cutOf : pairsOf, settings);
    const left = { train: task.dropped, valid: valid.pairs.length - judged.pairs.length };
    const some = left.valid > 0 ? `, ${left.valid} of ${valid.pairs.length} evaluation pairs too long` : '';
    return {
      says: `${text.says()} (${task.dropped} of the first epoch too long)${some}, ${task.batchesPerEpoch} batches per epoch`,
      counts: { batchesPerEpoch: task.batchesPerEpoch, validPairs: judged.pairs.length, tooLong: left },
      batchesPerEpoch: task.batchesPerEpoch,
      spec: (kind.architecture ?? ringFormer).spec(config),
      vanilla: countSpec((await vanillaOf()).spec({ ...config, architecture: 'vanilla' }) as never),
      init(seed) {
        if (settings.init === '') return initSeq2seq<AnyParams>(config, seed, kind.architecture).params;
        return loadSeq2seq<AnyParams>(config, initFile(settings.init, 'model.safetensors'), kind.architecture).params;
      },
      begin() {
        writeFileAtomic(join(folder, 'tokenizer.json'), tokenizerFile);
        writeFileAtomic(join(folder, 'config.json'), writeConfig(config));
        text.begin();
      },
      task,
      workerTask: { subject: 'translation', config, smoothing: settings.smoothing, randomDepth: settings.randomDepth },
      reads: settings.mixture === '' ? undefined : (epoch) => task.reads(epoch, text.names),
      validLoss: (params) => validLoss({ ...kind, params }, judged, settings.batchTokens),
      score: async (params, signal) =>
        settings.evaluateSentences === 0
          ? undefined
          : validBleu({ ...kind, params }, tokenizer, judged, settings.evaluateSentences, signal),
      save: (params) => saveSeq2seq({ ...kind, params }, { dtype: 'F16' }),
    };
  },
};

/** The files to learn from. */
const trainingFiles = ({ source, target, mixture }: TranslationSettings): string[] =>
  mixture === '' ? [source, target] : readMixtureFile(mixture).sources.flatMap((entry) => [entry.source, entry.target]);

type Vocabulary = Pick<Tokenizer, 'vocabSize' | 'padId' | 'bosId' | 'eosId'>;

/** The model that settings and a vocabulary describe. @throws RingformerError 'bad-config' */
export function configOf(settings: TranslationSettings, { vocabSize, padId, bosId, eosId }: Vocabulary): Seq2seqConfig {
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
    ...ablationOf(settings),
    ...sizes,
    ...(settings.from === '' ? {} : { from: settings.from }),
    ...(settings.to === '' ? {} : { to: settings.to }),
  });
}

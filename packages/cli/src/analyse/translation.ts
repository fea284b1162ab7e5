import {
  type CompareOptions,
  compareTranslation,
  exitCurve,
  qualityByDepth,
  rollout,
  signalSimilarity,
  tokenAnswers,
  tokenDistance,
} from '@ringformer/analysis';
import type { Backend } from '@ringformer/core';
import {
  alignmentPicture,
  ckaPicture,
  depthPicture,
  distancePicture,
  headsPicture,
  type Picture,
  rolloutPicture,
  signalsPicture,
  similarityPicture,
  statesPicture,
  tokenSignalsPicture,
  wordsOf,
} from '@ringformer/pictures';
import {
  type AnyParams,
  createTranslator,
  type Inspection,
  loadSeq2seq,
  readConfig,
  type Seq2seq,
  type Seq2seqConfig,
} from '@ringformer/seq2seq';
import { loadTokenizer } from '@ringformer/text';
import { architectureNamed } from '../architecture.ts';
import { translationOf } from '../cost/show-cost.ts';
import { FailedError, UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { allLines } from '../lines.ts';
import { findModel } from '../model.ts';
import { throwIfStopped } from '../stop.ts';
import { costPictures } from './cost.ts';
import { meanRows, meanStrength, nameOf } from './parts.ts';
import { SENTENCES } from './sentences.ts';
import { INSPECTED, type Subject, type SubjectRequest } from './subject.ts';

type Pair = { readonly source: string; readonly target: string };
type Opened = Awaited<ReturnType<typeof open>>;
type OnShare = (share: number) => void;

const MOST_PAIRS = 200;
/** Unbiased CKA needs at least as many examples. */
const LEAST_FOR_CKA = 4;
const SIDES = ['encoder', 'decoder'] as const;

/** A translation model, shown sentences and their translations. */
export async function translationSubject(request: SubjectRequest, backend: Backend, io: Io): Promise<Subject> {
  if (request.data !== undefined) {
    throw new UsageError(
      '--data is for image classifiers. For a translation model, give --source and --target. See ringformer analyse --help.',
    );
  }
  const opened: Opened[] = [];
  const dispose = () => {
    for (const { translator } of opened) translator.dispose();
  };
  try {
    const one = await open(request.model, backend, io.signal);
    opened.push(one);
    const texts = await pairsOf(request, one.model.config, io);
    const other = request.against === undefined ? undefined : await open(request.against, backend, io.signal);
    if (other) opened.push(other);
    const most = Math.min(...opened.map(({ model }) => model.config.maxLength)) - 2; // bos and eos
    const fitting = fittingPairs(one, texts, most);
    if (other) checkSameWords(one, other, fitting);
    const enough = enoughForCka(one, fitting);
    if (!enough && String(request.kinds) === 'cka')
      throw new FailedError(`CKA needs at least ${LEAST_FOR_CKA} tokens on each side. Give longer sentences, or more.`);
    const example = await exampleOf(one, fitting[0]!, io.signal);
    return { ...subjectOf(one, other, fitting, { given: texts.length, most, enough, example, io }), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function subjectOf(
  one: Opened,
  other: Opened | undefined,
  shown: readonly Pair[],
  {
    given,
    most,
    enough,
    example,
    io,
  }: {
    readonly given: number;
    /** The most tokens of a side. */
    readonly most: number;
    /** Whether there are tokens enough for CKA. */
    readonly enough: boolean;
    readonly example: Example;
    readonly io: Io;
  },
): Omit<Subject, 'dispose'> {
  const { config } = one.model;
  const { architecture, encoderLevels, decoderLevels, dim, heads } = config;
  const [from, to] = [languageOf(config.from, 'source'), languageOf(config.to, 'target')];
  const ids = shown.map(({ source, target }) => ({
    source: one.tokenizer.encode(source),
    target: one.tokenizer.encode(target),
  }));
  const seen = onlyOnce(() => one.translator.inspect(example.pair));
  const some = onlyOnce((onShare: OnShare) => inspectAll(one, shown.slice(0, INSPECTED), io, onShare));
  const ckas = async (onShare: OnShare): Promise<Picture[]> => {
    const of = (models: Parameters<typeof compareTranslation>[0], from: number) => {
      const onProgress: CompareOptions['onProgress'] = ({ done, total }) =>
        onShare(from + done / total / (other ? 2 : 1));
      return compareTranslation(models, ids, { signal: io.signal, onProgress });
    };
    const itself = await of([one.model, one.model], 0);
    const found = SIDES.map((side) => ckaPicture(itself[side], { side, models: [one.name] }));
    if (!other) return found;
    const both = await of([one.model, other.model], 0.5);
    return [...found, ...SIDES.map((side) => ckaPicture(both[side], { side, models: [one.name, other.name] }))];
  };
  return {
    facts: [
      ['Model', one.name],
      [
        'Architecture',
        `${architecture}, ${encoderLevels} + ${decoderLevels} levels, width ${dim}, ${heads} ${heads === 1 ? 'head' : 'heads'}`,
      ],
      ...(other ? [['Compared with', other.name] as const] : []),
      [
        'Shown',
        `${shown.length === 1 ? '1 sentence and its translation' : `${shown.length} sentences and their translations`}, ${from} → ${to}`,
      ],
      ...(shown.length < given ? [['Left out', `${given - shown.length} longer than ${most} tokens`] as const] : []),
      ...(enough ? [] : [['Left out', `CKA, which needs at least ${LEAST_FOR_CKA} tokens on each side`] as const]),
      ['Drawn word by word', `${example.pair.source} → ${example.pair.target}${example.note}`],
    ],
    kinds: [...(enough ? (['cka'] as const) : []), 'distance', 'attention', 'alignment', 'signals', 'depth', 'cost'],
    async pictures(kind, onShare) {
      switch (kind) {
        case 'cka':
          return ckas(onShare);
        case 'distance':
          return distances(await some(onShare));
        case 'attention':
          return attention(await seen(), from, to);
        case 'alignment':
          return alignments(await seen(), from, to);
        case 'signals':
          return signals(await some(onShare), await seen(), one.model);
        case 'depth': {
          const answers = await tokenAnswers(one.model, ids);
          return [
            depthPicture(qualityByDepth(answers), exitCurve(answers), {
              title: 'What fewer levels of the decoder cost',
              what: 'next tokens',
            }),
          ];
        }
        case 'cost': {
          const cost = await translationOf(config, { source: 30, target: 30 }, '');
          return costPictures(cost, one.name, 'reading 30 tokens and writing 30');
        }
      }
    },
  };
}

type Example = { readonly pair: Pair; readonly note: string };

/** A sentence with the model's own translation; with the one given if the model's cannot be read back. */
async function exampleOf({ translator, tokenizer, model }: Opened, pair: Pair, signal: AbortSignal): Promise<Example> {
  const target = await translator.translate(pair.source, { signal });
  const own = { pair: { source: pair.source, target }, note: '' };
  if (target !== '' && tokenizer.encode(target).length < model.config.maxLength) return own;
  return { pair, note: ` (as given: the model’s own translation is ${target === '' ? 'empty' : 'too long to read'})` };
}

function distances(found: readonly Inspection[]): Picture[] {
  return SIDES.map((side) =>
    distancePicture(meanRows(found.map((one) => one[side].map(tokenDistance))), { side, unit: 'tokens' }),
  );
}

/** The two sides of a sentence and its translation, as rows and columns. */
const wordsIn = ({ source, target }: Inspection, from: string, to: string) => ({
  source: { label: from, words: wordsOf(source) },
  target: { label: to, words: wordsOf(target) },
  read: { label: to, words: wordsOf(['<s>', ...target.slice(0, -1)]) },
});

function attention(found: Inspection, from: string, to: string): Picture[] {
  const { source, target, read } = wordsIn(found, from, to);
  return [
    rolloutPicture(rollout(found.encoder), {
      name: 'rollout',
      title: 'Where the encoder’s output gets its information',
      rows: { ...source, label: 'word at the end' },
      columns: { ...source, label: 'word at the start' },
    }),
    headsPicture(found.cross, {
      name: 'attention-cross',
      title: 'The decoder looks at the source: every head',
      rows: { ...target, label: `${to} words` },
      columns: { ...source, label: `${from} words` },
    }),
    headsPicture(found.encoder, {
      name: 'attention-encoder',
      title: 'The encoder looks at the source: every head',
      rows: { ...source, label: `${from} words` },
      columns: { ...source, label: `${from} words` },
    }),
    headsPicture(found.decoder, {
      name: 'attention-decoder',
      title: 'The decoder looks at what it wrote: every head',
      rows: { ...read, label: `${to} words` },
      columns: { ...read, label: `${to} words` },
    }),
  ];
}

function alignments(found: Inspection, from: string, to: string): Picture[] {
  const { source, target } = wordsIn(found, from, to);
  return found.cross.map((map, i) =>
    alignmentPicture([{ ...map, title: `level ${i + 1}` }], {
      name: `alignment-level-${i + 1}`,
      title: `Which words the decoder looks at in level ${i + 1}`,
      rows: target,
      columns: source,
    }),
  );
}

async function signals(
  found: readonly Inspection[],
  example: Inspection,
  { config, params }: Opened['model'],
): Promise<Picture[]> {
  const levels = SIDES.flatMap((side) =>
    meanStrength(found.map((one) => one.signals[side])).map((strength, i) => ({
      name: `${side} ${i + 1}`,
      strength,
    })),
  );
  const states = SIDES.map((side) =>
    statesPicture(example.states[side], config.dim, {
      name: `states-${side}`,
      title: `How the levels of the ${side} turn the vectors`,
    }),
  );
  if (levels.length === 0) return states;
  const tokens = tokenSignalsPicture(example.tokenSignals.encoder, wordsOf(example.source), {
    name: 'signals-words',
    title: 'Signals of the encoder, word by word',
  });
  return [signalsPicture(levels), tokens, ...(await similarities(params)), ...states];
}

/** How alike the signals of a side's levels are. */
async function similarities(params: Opened['model']['params']): Promise<Picture[]> {
  const all = Object.entries(await signalSimilarity(params));
  return SIDES.flatMap((side) => {
    const own = all.filter(([name, rows]) => name.startsWith(`${side}.`) && rows.length > 1);
    if (own.length === 0) return [];
    const kinds = Object.fromEntries(own.map(([name, rows]) => [name.slice(side.length + 1), rows]));
    return [
      similarityPicture(kinds, {
        name: `similarity-${side}`,
        title: `How alike the signals of the ${side}’s levels are`,
      }),
    ];
  });
}

async function inspectAll({ translator }: Opened, pairs: readonly Pair[], io: Io, onShare: OnShare) {
  const found: Inspection[] = [];
  for (const pair of pairs) {
    await throwIfStopped(io.signal);
    found.push(await translator.inspect(pair));
    onShare(found.length / pairs.length);
  }
  return found;
}

/** 'de' → 'German' */
function languageOf(code: string | undefined, otherwise: string): string {
  if (code === undefined) return otherwise;
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(code) ?? code;
  } catch {
    return code; // not a code of a language
  }
}

/** Calls `make` the first time only. */
function onlyOnce<A extends unknown[], T>(make: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let made: Promise<T> | undefined;
  return (...args) => {
    made ??= make(...args);
    return made;
  };
}

async function open(given: string | undefined, backend: Backend, signal: AbortSignal) {
  const files = await findModel(given);
  const [config, tokenizer, weights] = await Promise.all(
    [files.config, files.tokenizer, files.weights].map((file) => backend.readBytes(file, { signal })),
  );
  const text = new TextDecoder();
  const settings = readConfig(text.decode(config));
  const model: Seq2seq<AnyParams> = loadSeq2seq<AnyParams>(
    settings,
    weights!,
    await architectureNamed(settings.architecture),
  );
  const words = loadTokenizer(JSON.parse(text.decode(tokenizer)));
  return {
    name: nameOf(given ?? '@ringformer/model-de-en'),
    model,
    tokenizer: words,
    translator: createTranslator(model, words),
  };
}

/** Whether there are examples enough: tokens with bos and eos in the encoder, with bos in the decoder. */
function enoughForCka({ tokenizer }: Opened, pairs: readonly Pair[]): boolean {
  const tokens = (side: keyof Pair, more: number) =>
    pairs.reduce((sum, pair) => sum + tokenizer.encode(pair[side]).length + more, 0);
  return Math.min(tokens('source', 2), tokens('target', 1)) >= LEAST_FOR_CKA;
}

/** Levels can be compared token by token only if both models cut the text into the same tokens. @throws FailedError */
function checkSameWords(one: Opened, other: Opened, pairs: readonly Pair[]): void {
  const cut = ({ tokenizer }: Opened, text: string) => String(tokenizer.tokens(tokenizer.encode(text)));
  const texts = pairs.flatMap(({ source, target }) => [source, target]);
  if (texts.every((text) => cut(one, text) === cut(other, text))) return;
  throw new FailedError(
    `${one.name} and ${other.name} cut these sentences into different tokens, so their levels cannot be compared token by token. Compare models with the same tokenizer.`,
  );
}

/** Pairs that the model can read. @throws FailedError if there are none */
function fittingPairs({ tokenizer }: Opened, texts: readonly Pair[], most: number): Pair[] {
  const fitting = texts.filter(
    ({ source, target }) => Math.max(tokenizer.encode(source).length, tokenizer.encode(target).length) <= most,
  );
  if (fitting.length > 0) return fitting;
  throw new FailedError(
    `No sentence and its translation fit this model, which reads at most ${most} tokens of each. Give shorter ones.`,
  );
}

async function pairsOf(
  { source, target, limit = MOST_PAIRS }: SubjectRequest,
  config: Seq2seqConfig,
  io: Io,
): Promise<Pair[]> {
  if (source === undefined || target === undefined) {
    if (source !== target) throw new UsageError('Give both --source and --target, or neither.');
    const own = SENTENCES[`${config.from} ${config.to}`];
    if (own) return own.slice(0, limit).map(([source, target]) => ({ source, target }));
    throw new UsageError(
      `There are no built-in sentences for this model (${config.from ?? 'unknown'} → ${config.to ?? 'unknown'}). Give --source and --target: one sentence per line.`,
    );
  }
  const [sources, targets] = [await allLines(source, io), await allLines(target, io)];
  if (sources.length !== targets.length) {
    throw new FailedError(
      `${source} has ${sources.length} lines and ${target} has ${targets.length}. Line n of one must be the translation of line n of the other.`,
    );
  }
  const pairs = sources.map((text, i) => ({ source: text.trim(), target: targets[i]!.trim() }));
  const full = pairs.filter((pair) => pair.source !== '' && pair.target !== '').slice(0, limit);
  if (full.length > 0) return full;
  throw new FailedError(`${source} and ${target} have no sentences: every line is empty.`);
}

import {
  type AttentionMap,
  attentionDistance,
  cka,
  ckaCollector,
  hsic0,
  hsic1,
  keptMass,
  linearGram,
  type Rows,
  referenceCka,
  rolloutMask,
  type TokenFeatures,
} from '@ringformer/analysis';
import { readCheckpoint } from '@ringformer/checkpoints';
import { cosine, linearDecay } from '@ringformer/core';
import { type Raw, RingformerError } from '@ringformer/core/base';
import { type Finding, type Json, readJson, requireKeys } from '@ringformer/core/parity';
import { corpusBleu, tokenBleu, tokenNist } from '@ringformer/text';
import { differing, finding, largestDeviation } from '../../../core/src/parity/compare.ts';

/** A recording of analyses: analysis.json, and the arrays that it names. */
export type AnalysisRecording = { readonly name: string; readonly values: Json; readonly arrays: Arrays };
type Arrays = Readonly<Record<string, Raw>>;

/** Allowed deviations, absolute. Features and attention are recorded in float32; what is computed from them in float64. */
const EXACT = 1e-9;
const PIXELS = 1e-4;
const SHARES = 1e-5;
const PERL = 0.005; // its score has two decimals

/** What there is to compare, by its name in analysis.json. */
const CHECKS: Readonly<Record<string, (recorded: Recorded, arrays: Arrays) => Finding[]>> = {
  cka_full: checkCka,
  cka_minibatch: checkMinibatches,
  cka_pooled_accumulated: checkPooled,
  mean_attention_distance: checkDistance,
  attention_rollout: checkRollout,
  mass_threshold: checkMass,
  lr_schedules: checkSchedules,
  translation_scores: checkScores,
};

/** @throws RingformerError 'bad-file' if a file is damaged, or records nothing that is known */
export function readAnalysis(name: string, read: (file: string) => Uint8Array): AnalysisRecording {
  const values = readJson(read, 'analysis.json');
  if (!Object.keys(CHECKS).some((key) => key in values)) {
    throw new RingformerError(
      'bad-file',
      `analysis.json records nothing that is known; expected at least one of ${Object.keys(CHECKS).join(', ')}.`,
    );
  }
  return { name, values, arrays: readCheckpoint(read('arrays.safetensors')).tensors };
}

/** Compares every recorded value with what we compute. @throws RingformerError 'bad-file' that names what is missing */
export function checkAnalysis({ values, arrays }: AnalysisRecording): Finding[] {
  return Object.entries(CHECKS).flatMap(([key, check]) => {
    const recorded = values[key];
    return recorded === undefined ? [] : check(recordedIn(key, recorded), arrays);
  });
}

/** A part of analysis.json, whose members are read by name and checked. */
type Recorded = {
  number(name: string): number;
  numbers(name: string): readonly number[];
  /** A list of lists. */
  rows<T = number>(name: string): readonly (readonly T[])[];
  /** Members that are numbers, by name. */
  readonly given: Json;
  part(name: string): Recorded;
};

function recordedIn(where: string, value: unknown): Recorded {
  const bad = (what: string): never => {
    throw new RingformerError('bad-file', `analysis.json: ${where}${what}`);
  };
  if (typeof value !== 'object' || value === null) return bad(' is not an object.');
  const given = value as Json;
  const list = (name: string): readonly unknown[] => {
    const found = given[name];
    return Array.isArray(found) ? found : bad(`.${name} is not a list.`);
  };
  return {
    given,
    number: (name) => (typeof given[name] === 'number' ? (given[name] as number) : bad(`.${name} is not a number.`)),
    numbers: (name) => list(name).map((x) => (typeof x === 'number' ? x : bad(`.${name} is not a list of numbers.`))),
    rows: <T>(name: string) =>
      list(name).map((row) => (Array.isArray(row) ? (row as T[]) : bad(`.${name} is not a list of lists.`))),
    part: (name) => recordedIn(`${where}.${name}`, given[name]),
  };
}

/** A recorded array of so many axes. */
function arrayOf<Shape extends readonly number[]>(arrays: Arrays, name: string, axes: Shape['length']) {
  const { [name]: found } = requireKeys('arrays.safetensors', arrays, [name]);
  if (found!.shape.length === axes) return found as Raw & { readonly shape: Shape };
  throw new RingformerError(
    'bad-file',
    `arrays.safetensors: ${name} has the shape [${found!.shape}]; expected ${axes} axes.`,
  );
}

/** The slices of an array along its first axis. */
const slices = ({ shape: [count = 0, ...inner], data }: Raw) => {
  const size = inner.reduce((product, n) => product * n, 1);
  return Array.from({ length: count }, (_, i) => ({ shape: inner, data: data.subarray(i * size, (i + 1) * size) }));
};

const one = (kind: string, found: number, recorded: number, tolerance = EXACT): Finding =>
  finding(kind, largestDeviation([found], [recorded]), tolerance);

function checkCka(recorded: Recorded, arrays: Arrays): Finding[] {
  const [x, y] = ['cka.x', 'cka.y'].map((name) => arrayOf<[number, number]>(arrays, name, 2)) as unknown as [
    Rows,
    Rows,
  ];
  const values = recorded.part('values');
  const [k, l] = [linearGram(x), linearGram(y)];
  const found: Readonly<Record<string, readonly [kind: string, compute: () => number]>> = {
    linear: ['CKA, linear', () => cka(x, y, { estimator: 'biased' })],
    linear_unbiased: ['CKA, linear, unbiased', () => cka(x, y)],
    rbf_1: ['CKA, RBF', () => cka(x, y, { kernel: 'rbf', estimator: 'biased' })],
    rbf_half: ['CKA, RBF, half the bandwidth', () => cka(x, y, { kernel: 'rbf', bandwidth: 0.5, estimator: 'biased' })],
    linear_hsic: ['CKA by HSIC₀', () => hsic0(k, l) / Math.sqrt(hsic0(k, k) * hsic0(l, l))],
    hsic0_xy: ['HSIC₀', () => hsic0(k, l)],
  };
  return Object.entries(found)
    .filter(([name]) => name in values.given)
    .map(([name, [kind, compute]]) => one(kind, compute(), values.number(name)));
}

type Batches = readonly { readonly xs: readonly TokenFeatures[]; readonly ys: readonly TokenFeatures[] }[];

function checkMinibatches(recorded: Recorded, arrays: Arrays): Finding[] {
  const all = recorded.given.per_batch;
  const batches: Batches = (Array.isArray(all) ? all : []).map((_, i) => {
    const features = (side: string) => arrayOf<[number, number, number]>(arrays, `cka.batch${i}.${side}`, 3);
    return { xs: [features('x')], ys: [features('y')] };
  });
  const sentences = (features: readonly TokenFeatures[]) => slices(features[0] as unknown as Raw) as unknown as Rows[];
  const wanted: number[] = [];
  const found: number[] = [];
  const collector = ckaCollector(1, 1);
  batches.forEach(({ xs, ys }, i) => {
    const part = recordedIn(`cka_minibatch.per_batch[${i}]`, (all as unknown[])[i]);
    wanted.push(...part.numbers('hsic1_xy'), ...part.numbers('hsic1_xx'), ...part.numbers('hsic1_yy'));
    const pairs = sentences(xs).map((x, s) => [x, sentences(ys)[s]!] as const);
    const grams = pairs.map((pair) => pair.map(linearGram));
    found.push(
      ...grams.map(([k, l]) => hsic1(k!, l!)),
      ...grams.map(([k]) => hsic1(k!, k!)),
      ...grams.map(([, l]) => hsic1(l!, l!)),
    );
    for (const [x, y] of pairs) collector.add([x], [y]);
  });
  return [
    finding('HSIC₁ of each sentence', largestDeviation(found, wanted), EXACT),
    one("CKA, the authors' (last batch)", referenceCka(batches)[0]![0]!, recorded.number('reference_call_value')),
    one('CKA, all batches', collector.matrix()[0]![0]!, recorded.number('accumulated_value')),
  ];
}

function checkPooled(recorded: Recorded, arrays: Arrays): Finding[] {
  const collector = ckaCollector(1, 1);
  for (let i = 0; i === 0 || `cka.pooled${i}.x` in arrays; i++) {
    const rows = (side: string) => arrayOf<[number, number]>(arrays, `cka.pooled${i}.${side}`, 2);
    collector.add([rows('x')], [rows('y')]);
  }
  return [one('CKA, pooled examples', collector.matrix()[0]![0]!, recorded.number('value'))];
}

type Maps = [number, number, number, number];
const mapsOf = (arrays: Arrays, name: string) => slices(arrayOf<Maps>(arrays, name, 4)) as unknown as AttentionMap[];

function checkDistance(recorded: Recorded, arrays: Arrays): Finding[] {
  const patch = recorded.number('patch_size');
  const images = mapsOf(arrays, 'mad.attn').map((map) => attentionDistance(map, patch));
  const mean = (images[0] ?? []).map((_, head) => images.reduce((sum, heads) => sum + heads[head]!, 0) / images.length);
  return [
    finding(
      'attention distance, pixels',
      largestDeviation(images.flat(), recorded.rows('per_image_head').flat()),
      PIXELS,
    ),
    finding('the same, mean of images', largestDeviation(mean, recorded.numbers('mean_over_images')), PIXELS),
  ];
}

function checkRollout(_: Recorded, arrays: Arrays): Finding[] {
  const { data } = rolloutMask(mapsOf(arrays, 'rollout.attn'));
  return [finding('attention rollout', largestDeviation(data, arrayOf(arrays, 'rollout.mask', 2).data), SHARES)];
}

function checkMass(recorded: Recorded, arrays: Arrays): Finding[] {
  const { 'heat.cls_attn': attention, 'heat.kept': wanted } = requireKeys('arrays.safetensors', arrays, [
    'heat.cls_attn',
    'heat.kept',
  ]);
  const rows = (heads: Raw) => slices(heads).map(({ data }) => Array.from(data));
  const kept = rows(attention!).map((row) => Array.from(keptMass(row, recorded.number('threshold'))));
  return [finding('weights kept that should not be', differing(kept, rows(wanted!)), 0)];
}

function checkSchedules(recorded: Recorded): Finding[] {
  const [peak, warmup, total] = ['base_lr', 'warmup', 'total'].map((name) => recorded.number(name));
  const settings = { peak: peak!, warmup: warmup!, total: total! };
  return Object.entries({ cosine: cosine(settings), linear: linearDecay(settings) }).map(([name, rate]) => {
    const wanted = recorded.numbers(name);
    const found = wanted.map((_, step) => rate(step));
    return finding(`learning rate, ${name}`, largestDeviation(found, wanted), EXACT * peak!);
  });
}

function checkScores(recorded: Recorded): Finding[] {
  const values = recorded.part('values');
  const [hyps, refs] = [recorded.rows<string>('hyps'), recorded.rows<string>('refs')];
  const findings = [2, 4].flatMap((order) => [
    one(`BLEU-${order} of word pieces`, tokenBleu(hyps, refs, order), values.number(`bleu${order}`)),
    one(`NIST-${order} of word pieces`, tokenNist(hyps, refs, order), values.number(`nist${order}`)),
  ]);
  if ('bleu4_no_higher_ngram_match' in values.given) {
    const few = values.part('bleu4_no_higher_ngram_match');
    const found = tokenBleu(few.rows<string>('hyps'), few.rows<string>('refs'));
    findings.push(one('BLEU-4 without 3-grams in common', found, few.number('value')));
  }
  const [, perl] = /^BLEU = ([\d.]+),/.exec(String(values.given.multi_bleu_perl)) ?? [];
  if (perl !== undefined) {
    const lines = (all: readonly (readonly string[])[]) => all.map((words) => words.join(' '));
    const { score } = corpusBleu(lines(hyps), lines(refs), { tokenize: 'none', smooth: 'none' });
    findings.push(one('BLEU of multi-bleu.perl', score, Number(perl), PERL));
  }
  return findings;
}

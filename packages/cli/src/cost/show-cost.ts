import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cacheSize,
  countParameters,
  type ParameterCount,
  type PassCost,
  referenceVisionCount,
  translationCost,
  visionCost,
} from '@ringformer/analysis';
import { type Ablation, saysAblation } from '@ringformer/level-signals/spec';
import { readConfig as readTranslation, ringFormer, type Seq2seqConfig } from '@ringformer/seq2seq';
import { readConfig as readVision, ringFormer as ringVit, type VitConfig } from '@ringformer/vit';
import { architectureNamed, vitArchitectureNamed } from '../architecture.ts';
import { families, familyOf } from '../families.ts';
import { modelFolder } from '../find-model.ts';
import { colours, type Io, write, writeJson } from '../io.ts';
import { NAMES, packagedFiles } from '../kinds.ts';
import { findModel } from '../model.ts';
import { table } from '../table.ts';
import type { Planned } from './planned.ts';

export type CostRequest = {
  readonly io: Io;
  readonly model: string | undefined;
  /** Instead of a model: a configuration that is not trained yet. */
  readonly planned: Planned | undefined;
  /** Tokens of a sentence and of its translation. */
  readonly source: number;
  readonly target: number;
  readonly json: boolean;
};

/** What a model costs, and what one pass is. */
export type Cost = {
  readonly title: string;
  /** 'one image' */
  readonly pass: string;
  readonly parameters: ParameterCount;
  readonly cost: PassCost;
  /** Of a vanilla Transformer of the same widths and depth. */
  readonly vanilla: { readonly parameters: ParameterCount; readonly cost: PassCost };
  /** Numbers of keys and values that decoding keeps. */
  readonly cache?: number;
  /** What the authors' counter says, in multiply–adds. */
  readonly reference?: number;
};

export async function showCost(request: CostRequest): Promise<void> {
  const { io, json } = request;
  const found = await measure(request);
  await (json ? writeJson(io.stdout, found) : write(io.stdout, screen(found, io)));
}

/** What the model costs that a config.json describes. @throws RingformerError 'bad-config' */
export function costOf(config: string, lengths: Pick<CostRequest, 'source' | 'target'>): Promise<Cost> {
  return familyOf(config) === families.vision
    ? visionOf(readVision(config), '')
    : translationOf(readTranslation(config), lengths, '');
}

async function measure({ model, planned, source, target }: CostRequest): Promise<Cost> {
  if (planned) {
    const { name } = planned;
    return planned.task === 'vision'
      ? visionOf(planned.config, name)
      : translationOf(planned.config, { source, target }, name);
  }
  return costOf(await readFile(await configFile(model), 'utf8'), { source, target });
}

/** The configuration of a model, which need not have weights yet. */
async function configFile(model: string | undefined): Promise<string | URL> {
  if (model?.startsWith('@') && !existsSync(model)) return (await packagedFiles(model)).config;
  if (model === undefined || !existsSync(model) || !statSync(model).isDirectory())
    return (await findModel(model)).config;
  const config = join(modelFolder(model), NAMES.config);
  return existsSync(config) ? config : (await findModel(model)).config;
}

export async function visionOf(config: VitConfig, name: string): Promise<Cost> {
  const of = async (config: VitConfig) => {
    const one = { config, architecture: (await vitArchitectureNamed(config.architecture)) ?? ringVit };
    return { one, parameters: countParameters(one.architecture.spec(config) as never), cost: visionCost(one) };
  };
  const { one, parameters, cost } = await of(config);
  const { one: _, ...vanilla } = await of({ ...config, architecture: 'vanilla' });
  const { dim, levels, imageSize, patchSize, architecture } = config;
  return {
    title: `${name}${architecture}${without(config)}, ${levels} ${levels === 1 ? 'level' : 'levels'}, d ${dim}, images of ${imageSize} × ${imageSize} in patches of ${patchSize}`,
    pass: 'one image',
    parameters,
    cost,
    vanilla,
    reference: referenceVisionCount(one).total,
  };
}

export async function translationOf(
  config: Seq2seqConfig,
  { source, target }: Pick<CostRequest, 'source' | 'target'>,
  name: string,
): Promise<Cost> {
  const of = async (name: string) => {
    const one = {
      config: { ...config, architecture: name },
      architecture: (await architectureNamed(name)) ?? ringFormer,
    };
    const cost = translationCost(one, { source, target });
    return { one, parameters: countParameters(one.architecture.spec(one.config) as never), cost };
  };
  const { one, parameters, cost } = await of(config.architecture);
  const { one: _, ...vanilla } = await of('vanilla');
  return {
    title: `${name}${config.architecture}${without(config)}, ${config.encoderLevels}+${config.decoderLevels} levels, d ${config.dim}, vocabulary ${config.targetVocab}`,
    pass: `reading ${source} tokens and writing ${target}, one at a time`,
    parameters,
    cost,
    vanilla,
    cache: cacheSize(one, { source, target }),
  };
}

/** ' with no signals' */
function without(config: Ablation): string {
  const said = saysAblation(config);
  return said === '' ? '' : ` with ${said}`;
}

function screen({ title, pass, parameters, cost, vanilla, cache, reference }: Cost, io: Io): string {
  const paint = colours(io.stdout, io.env);
  const { total, ...groups } = parameters;
  const share = (part: number, all: number) => `${((100 * part) / all).toFixed(1)} %`;
  const counts = Object.entries(groups).filter(([, n]) => n > 0);
  const parts = Object.entries(cost.parts).filter(([, n]) => n > 0);
  const rows = [
    [paint.dim('parameters'), '', ''],
    ...counts.map(([name, n]) => [`  ${name}`, n.toLocaleString('en'), share(n, total)]),
    ['  total', total.toLocaleString('en'), ''],
    [paint.dim('multiply–adds'), '', ''],
    ...parts.map(([name, n]) => [`  ${name}`, amount(n), share(n, cost.macs)]),
    ['  total', amount(cost.macs), `${amount(cost.flops)}FLOP`],
  ];
  const memory = ['float32', 'float16', 'int8'].map((name, i) => `${bytes((4 * total) / 2 ** i)} in ${name}`);
  const lines = [
    `multiply–adds are those of ${pass}`,
    `weights: ${memory.join(', ')}`,
    `weights read: ${amount(cost.weightReads)} numbers, each level's again`,
    ...(cache === undefined ? [] : [`keys and values kept: ${bytes(4 * cache)} in float32`]),
    ...(reference === undefined
      ? []
      : [`the authors' counter: ${amount(reference)} (one multiply–add is 1; see @ringformer/analysis)`]),
    `a vanilla Transformer of these sizes: ${times(vanilla.parameters.blocks / (groups.blocks + groups.signals))} the block parameters, ${times(vanilla.cost.macs / cost.macs)} the multiply–adds`,
  ];
  return `${paint.bold(title)}\n${table(rows, ['left', 'right', 'right'])}${lines.join('\n')}\n`;
}

const times = (ratio: number) => `${ratio.toFixed(2)} times`;

const UNITS = [
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
] as const;

/** 17.60 G */
export function amount(n: number): string {
  const [unit, scale] = UNITS.find(([, scale]) => n >= scale) ?? ['', 1];
  return unit ? `${(n / scale).toFixed(2)} ${unit}` : String(n);
}

export const bytes = (n: number) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1e3).toFixed(1)} kB`);

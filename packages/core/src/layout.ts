// A model's architecture without tensors: its parameters, where its levels find them, and what the authors' PyTorch code
// calls them.
import { RingformerError } from './errors.ts';
import type { NameTable } from './names.ts';
import { levelWaves } from './positions.ts';
import type { Raw } from './safetensors.ts';
import type { SpecOf } from './spec.ts';

/**
 * A part of a model: the path of its leaves and, if levels are stacked along axis 0, the level whose slice is meant. It can
 * be resolved to tensors (`partsOfLevels`), initializers of an ONNX graph or addresses in an engine's memory.
 */
export type Place = { readonly path: string; readonly level?: number };

export const at = (path: string, level?: number): Place => ({ path, level });

/** A part of a part. */
export const within = ({ path, level }: Place, name: string): Place => at(`${path}.${name}`, level);

/** The places in order, without repetitions. */
export const distinctPlaces = (places: readonly Place[]): Place[] => [
  ...new Map(places.map((place) => [`${place.path} ${place.level}`, place])).values(),
];

/** A table that the authors' state_dict contains and that we compute: checked on import, written on export. */
export type FixedTable = {
  /** The authors' name. */
  readonly name: string;
  /** As exported; an imported one may be longer. */
  readonly shape: readonly number[];
  fill(shape: readonly number[]): Float32Array;
  /** Nothing reads it, so it may contain any numbers. */
  readonly unread?: boolean;
};

/** The parameters `P` of an architecture under a configuration `Config`, and the authors' names for them. */
export type Layout<Config, P> = {
  /** As in `architecture` of the configuration. */
  readonly name: string;
  /** Shapes and initialisation of every parameter. */
  spec(config: Config): SpecOf<P>;
  /** Our names and those in the authors' PyTorch state_dict. */
  readonly names: NameTable;
  tables(config: Config): readonly FixedTable[];
};

/** @throws RingformerError 'bad-config' if the configuration is for another architecture. `task`: 'vit' or 'seq2seq'. */
export function checkLayout(
  task: string,
  { architecture }: { readonly architecture: string },
  { name }: { readonly name: string },
): void {
  if (architecture === name) return;
  throw new RingformerError(
    'bad-config',
    `[ringformer/${task}] The configuration is for architecture '${architecture}', but the architecture given is '${name}'. Give the architecture '${architecture}': see @ringformer/${task}/baselines.`,
  );
}

/**
 * @throws RingformerError 'bad-checkpoint' if a stored table differs from what its formula gives, by more than rounding to the
 * precision that its numbers have
 */
export function checkTable(task: string, { name, fill, unread }: FixedTable, { shape, data }: Raw, hint: string): void {
  if (unread) return;
  const bits = new Uint32Array(Float32Array.from(data).buffer).reduce((all, each) => all | each, 0);
  const rounding = bits & 0x1fff ? 0 : bits & 0xffff ? 2 ** -11 : 2 ** -8; // float32, float16, bfloat16
  const excess = (x: number, i: number) => Math.abs(x - data[i]!) - rounding * Math.abs(x);
  const worst = fill(shape).reduce((most, x, i) => Math.max(most, excess(x, i)), 0);
  if (worst < 1e-4) return;
  throw new RingformerError(
    'bad-checkpoint',
    `[ringformer/${task}] ${name} differs by ${worst} from the table that its formula gives. ${hint}`,
  );
}

/** Names of a weight and a bias. */
export const affineNames = (ours: string, theirs: string): NameTable =>
  ['weight', 'bias'].map((leaf) => [`${ours}.${leaf}`, `${theirs}.${leaf}`] as const);

/** Names of level signals: `theirs` has the authors' name of each, without the ending for up (_01) or down (_02). */
export const signalNames = (ours: string, theirs: Readonly<Record<string, string>>): NameTable =>
  Object.entries(theirs).flatMap(
    ([our, their]): NameTable => [
      [`${ours}.${our}.up`, `${their}_01`],
      [`${ours}.${our}.down`, `${their}_02`],
    ],
  );

/** Layers that share nothing are kept separate, not stacked: a stacked leaf would be sliced, and so copied, at every call. */
export type Layers<Layer> = { readonly [i: string]: Layer };

/** The same layer `count` times, by number. */
export function layersOf<Layer>(count: number, layer: Layer): Layers<Layer> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [i, layer]));
}

/**
 * What each level of the Universal Transformer adds at each position: the position's waves plus the level's.
 * → [l n d], row-major
 */
export function levelTable(levels: number, length: number, dim: number): Float32Array {
  const [positions, each] = [levelWaves(length, dim), levelWaves(levels, dim)];
  return Float32Array.from({ length: levels * length * dim }, (_, at) => {
    const [level, column] = [Math.floor(at / (length * dim)), at % dim];
    return positions[at % (length * dim)]! + each[level * dim + column]!;
  });
}

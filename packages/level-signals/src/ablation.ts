// What can be left out of the ring, to see what it is worth, without TensorFlow.js.
import {
  type ConfigCheck,
  flattenSpec,
  product,
  type Raw,
  RingformerError,
  type SpecTree,
  saidOf,
} from '@ringformer/core/base';

/** What a level can add to the shared block: to its queries, keys and values, and to the input of its feed-forward network. */
export type SignalName = 'query' | 'key' | 'value' | 'ffn';
export const SIGNAL_NAMES: readonly SignalName[] = ['query', 'key', 'value', 'ffn'];

/** How a ring differs from the paper's. Whatever is absent is as in the paper. */
export type Ablation = {
  /** Which signals levels have; none if empty. Absent: all four. */
  readonly signals?: readonly SignalName[];
  /**
   * 'static': a signal is not a function of the level's input but a vector that the level learns, added in the same place.
   * Absent, or 'input': a low-rank function of the input.
   */
  readonly signalKind?: 'input' | 'static';
  /** 'shared': levels share their norms as they share the block. Absent, or 'level': each level has its own. */
  readonly norms?: 'level' | 'shared';
};

/** The paper's ablations by name. */
export const ABLATIONS = {
  'no-signals': { signals: [] },
  static: { signalKind: 'static' },
  'attention-only': { signals: ['query', 'key', 'value'] },
  'ffn-only': { signals: ['ffn'] },
  'shared-norms': { norms: 'shared' },
} as const satisfies Readonly<Record<string, Ablation>>;

export type AblationName = keyof typeof ABLATIONS;

/** What a configuration does without or does otherwise than the paper, in words: '' for the paper's ring. */
export function saysAblation({ signals, signalKind = 'input', norms = 'level' }: Ablation): string {
  const all = signals === undefined || signals.length === SIGNAL_NAMES.length;
  const kind = signalKind === 'static' ? 'static signals' : 'signals';
  const some = signals?.length === 0 ? 'no signals' : all ? kind : `${kind} on ${signals.join(', ')}`;
  return [some === 'signals' ? '' : some, norms === 'shared' ? 'shared norms' : ''].filter(Boolean).join(', ');
}

/** The signals that levels have. */
export const signalNamesOf = ({ signals = SIGNAL_NAMES }: Ablation): readonly SignalName[] => signals;

/** The same configuration without members that only say what the paper does, and with signals in their usual order. */
export function withoutDefaults<Config extends Ablation>(config: Config): Config {
  const { signals, signalKind, norms, ...rest } = config;
  const all = Array.isArray(signals) && SIGNAL_NAMES.every((name) => signals.includes(name));
  const order = (name: SignalName) => SIGNAL_NAMES.indexOf(name);
  const sorted = Array.isArray(signals) ? [...signals].sort((a, b) => order(a) - order(b)) : signals;
  return {
    ...rest,
    ...(signals === undefined || (all && signals.length === 4) ? {} : { signals: sorted }),
    ...(signalKind === undefined || signalKind === 'input' ? {} : { signalKind }),
    ...(norms === undefined || norms === 'level' ? {} : { norms }),
  } as Config;
}

type Checked = Ablation & { readonly architecture: string };

/** Adds what is wrong with a configuration's ablation to `check`. */
export function checkAblation<Config extends Checked>(check: ConfigCheck<Config>, config: Config): void {
  const { signals, signalKind, norms, architecture } = config;
  const good =
    signals === undefined ||
    (Array.isArray(signals) && signals.every((name, i) => SIGNAL_NAMES.includes(name) && signals.indexOf(name) === i));
  const said = Array.isArray(signals) ? JSON.stringify(signals) : saidOf(signals);
  check.wrong(!good, `signals is ${said}; expected a list of some of '${SIGNAL_NAMES.join("', '")}', each once.`);
  if (signalKind !== undefined) check.oneOf('signalKind', 'input', 'static');
  if (norms !== undefined) check.oneOf('norms', 'level', 'shared');
  const given = (['signals', 'signalKind', 'norms'] as const).filter((key) => config[key] !== undefined);
  check.wrong(
    architecture !== 'ring' && given.length > 0,
    `${given.join(' and ')} can only be chosen for the architecture 'ring', not '${architecture}'.`,
  );
}

/**
 * The weights of an ablated ring as those of a whole one that computes the same: signals that it lacks are zeros, shared
 * norms are repeated for every level. Those of a whole ring are returned as they are. `spec`: the ring's.
 * @throws RingformerError 'bad-config' if signals are static: no whole ring computes the same
 */
export function asWholeRing<Config extends Ablation>(
  task: string,
  spec: (config: Config) => object,
  config: Config,
  weights: Readonly<Record<string, Raw>>,
): Record<string, Raw> {
  const { signals, signalKind = 'input', norms = 'level', ...whole } = config;
  if (signalKind === 'static' && signalNamesOf(config).length > 0) {
    throw new RingformerError(
      'bad-config',
      `[ringformer/${task}] Static signals have no counterpart in the authors' program. Save the model with our own names.`,
    );
  }
  if (signals === undefined && norms === 'level') return weights;
  return Object.fromEntries(
    flattenSpec(spec(whole as Config) as SpecTree).map(([name, { shape }]): [string, Raw] => {
      const shared = weights[name.replace(/(^|\.)levels\./, '$1shared.')];
      const own = weights[name] ?? shared;
      if (own && String(own.shape) === String(shape)) return [name, own];
      const data = new Float32Array(product(shape));
      for (let i = 0; own && i < data.length; i++) data[i] = own.data[i % own.data.length]!;
      return [name, { dtype: own?.dtype ?? 'F32', shape, data }];
    }),
  );
}

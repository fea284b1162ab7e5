import {
  ABLATIONS,
  type Ablation,
  type AblationName,
  SIGNAL_NAMES,
  type SignalName,
} from '@ringformer/level-signals/spec';
import type { Entries } from './entries.ts';

/** What a run's ring does without, by name or one by one. */
export type AblationSettings = {
  ablation: AblationName | 'none';
  signals: string;
  signalKind: 'input' | 'static';
  norms: 'level' | 'shared';
};

export const ABLATION_NAMES = Object.keys(ABLATIONS) as AblationName[];

export const ABLATION_SETTINGS: Entries<AblationSettings> = {
  ablation: {
    default: 'none',
    says: 'what the ring does without, by name: short for the next three',
    choices: ['none', ...ABLATION_NAMES],
  },
  signals: {
    default: 'all',
    says: 'which signals levels have: all, none, attention, or some of query,key,value,ffn',
    hint: 'NAME,…',
  },
  signalKind: {
    default: 'input',
    says: "what signals are: functions of the level's input, or static, learned vectors",
    choices: ['input', 'static'],
  },
  norms: {
    default: 'level',
    says: 'whether each level has its own norms or all share them',
    choices: ['level', 'shared'],
  },
};

/** The settings as a configuration has them. */
export function ablationOf({ ablation, signals, signalKind, norms }: AblationSettings): Ablation {
  return ablation === 'none' ? { signals: signalsNamed(signals), signalKind, norms } : ABLATIONS[ablation];
}

/** What is wrong with them. */
export function ablationProblems({ ablation, signals, signalKind, norms }: AblationSettings): string[] {
  const known: readonly string[] = SIGNAL_NAMES;
  const problems = signalsNamed(signals).every((name) => known.includes(name))
    ? []
    : [
        `--signals is '${signals}'; expected all, none, attention, or some of ${known.join(', ')}, separated by commas.`,
      ];
  const others = signals !== 'all' || signalKind !== 'input' || norms !== 'level';
  if (ablation !== 'none' && others) {
    problems.push('expected either --ablation, or --signals, --signal-kind and --norms.');
  }
  return problems;
}

/** 'query,ffn' → ['query', 'ffn'] */
function signalsNamed(signals: string): readonly SignalName[] {
  if (signals === 'all') return SIGNAL_NAMES;
  if (signals === 'none') return [];
  if (signals === 'attention') return ABLATIONS['attention-only'].signals;
  return [...new Set(signals.split(',').map((name) => name.trim()))] as SignalName[];
}

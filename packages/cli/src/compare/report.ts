import type { ParameterCount, PassCost } from '@ringformer/analysis';
import type { Point } from '../logs/points.ts';
import { type Group, meanCurve, remarksOn, type Summary, summaryOf } from './groups.ts';

/** Everything that is compared, as plain data: compare.json and --json. */
export type Comparison = {
  readonly task: 'translation' | 'vision';
  readonly scoreName: string;
  readonly unit: 'token' | 'image';
  /** What one pass is, whose cost is counted. */
  readonly pass: string;
  readonly remarks: readonly string[];
  readonly groups: readonly {
    readonly name: string;
    readonly architecture: string;
    readonly parameters: ParameterCount;
    readonly cost: PassCost;
    /** Bytes of float32 weights, and how many of them a pass reads: each level's again. */
    readonly bytes: number;
    readonly bytesRead: number;
    readonly summary: Summary;
    readonly runs: readonly {
      readonly folder: string;
      readonly seed: number;
      readonly steps: number;
      readonly finished: boolean;
      readonly validLoss?: number;
      readonly score?: number;
      readonly seconds: number;
      readonly curves: Readonly<Record<'loss' | 'validLoss' | 'score', readonly Point[]>>;
    }[];
    /** Means of the runs, by update. */
    readonly curves: Readonly<Record<'loss' | 'validLoss' | 'score', readonly Point[]>>;
  }[];
};

export function comparisonOf(groups: readonly Group[]): Comparison {
  const [{ task, scoreName, unit, cost }] = groups[0]!.runs;
  return {
    task,
    scoreName,
    unit,
    pass: cost.pass,
    remarks: remarksOn(groups),
    groups: groups.map((group) => {
      const { parameters, cost } = group.runs[0].cost;
      return {
        name: group.name,
        architecture: String(group.runs[0].settings.architecture ?? 'ring'),
        parameters,
        cost,
        bytes: 4 * parameters.total,
        bytesRead: 4 * cost.weightReads,
        summary: summaryOf(group),
        runs: group.runs.map(({ folder, seed, steps, finished, validLoss, score, seconds, curves }) => ({
          ...{ folder, seed, steps, finished, validLoss, score, seconds, curves },
        })),
        curves: {
          loss: meanCurve(group, 'loss'),
          validLoss: meanCurve(group, 'validLoss'),
          score: meanCurve(group, 'score'),
        },
      };
    }),
  };
}

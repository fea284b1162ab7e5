// What a run with several ranks does besides what every run does.
import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import {
  type Also,
  countParams,
  countSpec,
  disposeTree,
  type History,
  type Ranks,
  RingformerError,
  readTrainState,
  type TrainStart,
  type TrainState,
  type Tree,
  writeTrainState,
} from '@ringformer/core';
import { broadcastBytes, type Collective, everyStep, gatherTexts, type LocalRanks, localSteps } from '@ringformer/mpi';
import packageJson from '../../package.json' with { type: 'json' };
import type { KeptState } from './kept-state.ts';
import { rankStates } from './rank-states.ts';
import { type CommonSettings, pathsOf } from './settings.ts';
import type { Facts, Opened, Subject } from './subject.ts';
import type { Team } from './team.ts';

/** What must be the same on every rank. */
export async function fingerprint<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  {
    settings,
    facts,
    opened,
    resumes,
    backend,
  }: { settings: S; facts: Facts | undefined; opened: Opened<P, Batch>; resumes: boolean; backend: string },
): Promise<Record<string, unknown>> {
  const paths = new Set(pathsOf(subject.settings));
  const own = Object.entries(settings).filter(([name]) => !paths.has(name));
  const first = subject.name === 'translation' ? await opened.task.read({ epoch: 0, batch: 0 }) : undefined;
  return {
    version: packageJson.version,
    backend,
    'a checkpoint to resume from': resumes,
    ...Object.fromEntries(own),
    ...facts,
    'the number of batches': opened.batchesPerEpoch,
    'the number of parameters': countSpec(opened.spec as never),
    ...(first && { 'the first batch': createHash('sha256').update(serialize(first.batch)).digest('hex').slice(0, 16) }),
  };
}

/** @throws RingformerError 'bad-argument' if an update can't be shared among the ranks, or not evaluated after an average */
export function checkShares({ accumulate, localSteps, evaluateEvery, steps }: CommonSettings, size: number): void {
  if (accumulate < size) {
    throw new RingformerError(
      'bad-argument',
      `accumulate is ${accumulate}, but there are ${size} ranks, and each needs a batch of every update. Use --accumulate ${size} or more, or fewer ranks.`,
    );
  }
  if (localSteps > steps) {
    throw new RingformerError(
      'bad-argument',
      `local-steps is ${localSteps}, but the run only has ${steps} updates, so the ranks would not average before its end. Use --local-steps ${Math.max(1, Math.floor(steps / 10))}, for example.`,
    );
  }
  if (localSteps > 0 && accumulate % size !== 0) {
    throw new RingformerError(
      'bad-argument',
      `accumulate is ${accumulate}, which ${size} ranks can't share equally: with --local-steps, each rank's change counts the same. Use a multiple, such as --accumulate ${Math.ceil(accumulate / size) * size}.`,
    );
  }
  if (localSteps > 0 && evaluateEvery % localSteps !== 0) {
    const near = Math.max(1, Math.round(evaluateEvery / localSteps)) * localSteps;
    throw new RingformerError(
      'bad-argument',
      `evaluate-every is ${evaluateEvery}, but the ranks' weights are only averaged every ${localSteps} updates (--local-steps). Use a multiple, such as --evaluate-every ${near}.`,
    );
  }
}

/** What to say if some ranks have more batches of an update than others. */
export function sharesNote({ accumulate }: CommonSettings, size: number): string | undefined {
  if (accumulate % size === 0) return undefined;
  const most = Math.ceil(accumulate / size);
  return `an update has ${accumulate} batches, which ${size} ranks can't share equally: some wait while others compute their ${most === 1 ? 'batch' : `${most} batches`}. --accumulate ${most * size} keeps all of them busy`;
}

/** What to say if an update has too few batches for all workers of a rank. */
export function workersNote({ accumulate }: CommonSettings, ranks: number, workers: number): string | undefined {
  const most = Math.ceil(accumulate / ranks);
  if (workers <= most) return undefined;
  const batches = most === 1 ? 'one batch' : `${most} batches`;
  return `an update has ${batches}${ranks > 1 ? ' for each rank' : ''}, so only ${most} of ${workers} workers compute${most === 1 ? 's' : ''}: use --accumulate ${workers * ranks} with smaller batches, or leave --workers out`;
}

type Common<P extends Tree> = { readonly team: Team; readonly opened: Opened<P, unknown>; readonly name: string };

/**
 * The state that this rank begins with. Without local steps all ranks have the same, so rank 0's is sent to the others; with
 * them, each rank has stored its own, and takes the newest that all of them have.
 * @throws RingformerError 'bad-checkpoint' if the ranks have none in common, 'bad-argument' if there were more or fewer ranks
 */
export async function startTogether<P extends Tree>(
  { team, opened, name }: Common<P>,
  {
    settings,
    resumes,
    output,
    kept,
  }: { settings: CommonSettings; resumes: boolean; output: string; kept: KeptState<P> },
): Promise<TrainStart<P>> {
  const { collective, size, rank } = team;
  const states = rankStates<P>(output, rank, opened.spec);
  if (settings.localSteps > 0 && collective && resumes) {
    const step = await newestInCommon(team, states, output);
    return team.together(() => {
      const stored = states.read(step);
      const { ranks } = JSON.parse(stored.also?.about || '{}') as { ranks?: number };
      if (ranks === size) return stored;
      throw new RingformerError(
        'bad-argument',
        `The run in ${output} was trained by ${ranks} ranks with states of their own, but there are ${size} now. Start ${ranks} ranks, or begin a new run from its weights: --init ${output}/model.`,
      );
    });
  }
  const own = await team.together(() => (team.leads ? kept.read(settings.seed) : undefined));
  if (!collective || size === 1) return own as TrainStart<P>;
  const bytes = own ? await writeTrainState({ ...own, note: name }) : new Uint8Array();
  const sent = await broadcastBytes(collective, bytes);
  return own ?? readTrainState<P>('this run', opened.spec, sent);
}

async function newestInCommon(team: Team, states: { steps(): number[] }, output: string): Promise<number> {
  const lists = (await gatherTexts(team.collective as Collective, JSON.stringify(states.steps()))).map(
    (text) => JSON.parse(text) as number[],
  );
  const [first = [], ...others] = lists;
  const step = first.findLast((step) => others.every((list) => list.includes(step)));
  if (step !== undefined) return step;
  const without = lists.flatMap((list, rank) => (list.length === 0 ? [rank] : []));
  return team.together(() => {
    throw new RingformerError(
      'bad-checkpoint',
      `The ${team.size} ranks have no checkpoint in common${without.length > 0 ? `: ${without.length > 1 ? 'ranks' : 'rank'} ${without.join(', ')} ${without.length > 1 ? 'have' : 'has'} none` : ''}. Start as many ranks as before, restore ${output}/ranks, or begin a new run from the weights: --init ${output}/model.`,
    );
  });
}

/** How this rank works with the others: undefined if there are none. */
export async function ranksOf<P extends Tree>(
  team: Team,
  settings: CommonSettings,
  start: TrainStart<P>,
): Promise<Ranks<P> | LocalRanks<P> | undefined> {
  const { collective, size, stop } = team;
  if (!collective) return undefined;
  const { localSteps: every, outerLr, outerMomentum, steps } = settings;
  const { params } = start.state;
  if (every === 0) return size > 1 ? everyStep(collective, countParams(params), stop) : undefined;
  const ranks = await localSteps(collective, {
    every,
    steps,
    outerLr,
    outerMomentum,
    params,
    resumed: start.also,
    stop,
  });
  for (const tree of Object.values(start.also?.trees ?? {})) disposeTree(tree);
  return ranks;
}

/** Stores a state on every rank that has its own. Rank 0's other files come last: then all ranks have theirs. */
export function storeTogether<P extends Tree>(
  { team, opened, name }: Common<P>,
  ranks: Ranks<P> | undefined,
  output: string,
): (state: TrainState<P>, history: History) => Promise<Also<P> | undefined> {
  if (!team.collective || !ranks || !('also' in ranks)) return async () => undefined;
  const states = rankStates<P>(output, team.rank, opened.spec);
  return async (state, history) => {
    const also = (ranks as LocalRanks<P>).also(state.params);
    const bytes = await writeTrainState({ state, history, note: name, also });
    states.store(bytes, state.adam.step, history.best?.step);
    await (team.collective as Collective).barrier();
    return also;
  };
}

/** The bytes that a rank sends in an update, and what a vanilla Transformer of the same sizes would send. */
export function trafficOf(settings: CommonSettings, ring: number, vanilla: number) {
  const every = Math.max(1, settings.localSteps);
  return { ring: (4 * ring) / every, vanilla: (4 * vanilla) / every, times: vanilla / ring };
}

/** 1234567 → '1.23 MB' */
export function bytesText(bytes: number): string {
  const [size, unit] = bytes >= 1e9 ? [bytes / 1e9, 'GB'] : bytes >= 1e6 ? [bytes / 1e6, 'MB'] : [bytes / 1e3, 'kB'];
  return `${size.toPrecision(3)} ${unit}`;
}

import { RingformerError, reasonOf } from '@ringformer/core';
import { broadcastText, type Collective, gatherTexts, type Stop } from '@ringformer/mpi';
import { errorCode } from '../errors.ts';
import { Stopped } from '../stop.ts';

/** The ranks that train one model, seen from one of them. A run without `--distributed` is a team of one. */
export type Team = {
  readonly collective: Collective | undefined;
  readonly rank: number;
  readonly size: number;
  /** Rank 0 evaluates, reports, and writes the run's folder. */
  readonly leads: boolean;
  /** Aborted on every rank after the same update, once any of them was told to stop. */
  readonly signal: AbortSignal;
  readonly stop: Stop;
  /** Work that every rank does for itself. If one fails, all of them do. */
  together<T>(work: () => Promise<T> | T): Promise<T>;
  /** Work that rank 0 does for all: its result, which JSON can hold, on every rank. If it fails, all of them do. */
  fromLead<T>(work: () => Promise<T> | T): Promise<T>;
  /** Whether all ranks end with an error, each by itself. */
  isShared(error: unknown): boolean;
};

/** The error of a rank that stops because of another one, which says why. */
export class OtherRankFailed extends Error {
  readonly code: string | undefined;
  constructor(rank: number, code: string | undefined) {
    super(`Rank ${rank} failed.`);
    this.name = 'OtherRankFailed';
    this.code = code;
  }
}

export function alone(signal: AbortSignal, collective?: Collective): Team {
  return {
    collective,
    rank: 0,
    size: 1,
    leads: true,
    signal,
    stop: { wanted: () => false, agreed() {} },
    together: async (work) => work(),
    fromLead: async (work) => work(),
    isShared: () => true,
  };
}

type Outcome = {
  readonly value?: unknown;
  readonly stopped?: true;
  readonly failed?: { code?: string; message: string };
};

/** `own` is aborted when this rank is told to stop. */
export function teamOf(collective: Collective, own: AbortSignal): Team {
  const { rank, size } = collective;
  if (size === 1) return alone(own, collective);
  const agreed = new AbortController();
  const shared = new WeakSet<object>();
  const mark = <E extends object>(error: E): E => {
    shared.add(error);
    return error;
  };
  const stopAll = () => {
    agreed.abort(own.aborted ? own.reason : new Stopped('SIGTERM'));
    return agreed.signal.reason as Error;
  };
  type Done<T> = { readonly value?: T; readonly error?: Error; readonly stopped?: boolean };
  const settle = async <T>(work: () => Promise<T> | T): Promise<Done<T>> => {
    try {
      return { value: await work() };
    } catch (error) {
      const stopped = own.aborted && (error === own.reason || (error as Error).name === 'AbortError');
      return { error: error as Error, stopped };
    }
  };
  const outcomeOf = (done: Done<unknown>): Outcome => {
    if (!done.error) return { value: done.value };
    if (done.stopped) return { stopped: true };
    return { failed: { code: errorCode(done.error), message: reasonOf(done.error) } };
  };
  return {
    collective,
    rank,
    size,
    leads: rank === 0,
    signal: agreed.signal,
    stop: { wanted: () => own.aborted, agreed: () => void stopAll() },
    async together(work) {
      const done = await settle(work);
      const { value: _, ...said } = outcomeOf(done);
      const all = (await gatherTexts(collective, JSON.stringify(said))).map((text) => JSON.parse(text) as Outcome);
      if (all.some(({ stopped }) => stopped)) throw stopAll();
      const failed = all.findIndex(({ failed }) => failed);
      const why = all[failed]?.failed;
      if (!why) return done.value as Awaited<ReturnType<typeof work>>;
      if (rank > 0) throw mark(new OtherRankFailed(failed, why.code));
      if (done.error) throw mark(done.error);
      throw mark(new RingformerError((why.code ?? 'lost') as 'lost', `rank ${failed} of ${size}: ${why.message}`));
    },
    async fromLead(work) {
      const done = rank === 0 ? await settle(work) : undefined;
      const text = await broadcastText(collective, done ? JSON.stringify(outcomeOf(done)) : '');
      const { value, stopped, failed } = JSON.parse(text) as Outcome;
      if (stopped) throw stopAll();
      if (failed) throw mark(done?.error ?? new OtherRankFailed(0, failed.code));
      return value as Awaited<ReturnType<typeof work>>;
    },
    isShared: (error) =>
      error === agreed.signal.reason ||
      (error instanceof Error &&
        (shared.has(error) || shared.has(error.cause as object) || errorCode(error) === 'diverged')),
  };
}

/**
 * Compares what each rank is about to train on with rank 0's.
 * @throws RingformerError 'bad-argument' that names the rank and what differs
 */
export async function checkAlike(team: Team, own: Readonly<Record<string, unknown>>): Promise<void> {
  if (!team.collective || team.size === 1) return;
  const lead = JSON.parse(await broadcastText(team.collective, JSON.stringify(own))) as Record<string, unknown>;
  await team.together(() => {
    for (const name of new Set([...Object.keys(lead), ...Object.keys(own)])) {
      const [there, here] = [JSON.stringify(lead[name]), JSON.stringify(own[name])];
      if (there === here) continue;
      throw new RingformerError(
        'bad-argument',
        `${name} is ${here ?? 'missing'}, but rank 0 has ${there ?? 'none'}. All ranks need the same data, settings and version: start them with the same command line, and see that each has the same files.`,
      );
    }
  });
}

import type { Arena } from './arena.ts';

/** Threads that work on one job at a time, including this one. */
export type Team = {
  /** Whether native kernels run the jobs; they have their own order of weights: see matrix.ts. */
  readonly native: boolean;
  /** Threads that would take part in a job now. */
  size(): number;
  /** The most threads there can be. */
  readonly most: number;
  /**
   * Runs the job at `pointer`, of a kind and with so many rows, with one thread if more aren't worth it.
   * @throws RingformerError 'lost' after a failure.
   */
  run(pointer: number, job: { kind: number; rows: number; worthSharing: boolean }): void;
  /** Ends the threads; the team must not be used again. */
  end(): void;
};

/** Makes a team whose threads are those of the native kernels. */
export type MakeNativeTeam = (arena: Arena, threads: number) => Team;

/** Jobs of a kind that are measured with all threads, and as many with one. */
const TRIALS = 4;
/** After so many jobs they are measured again: other work on the machine may have begun or ended. */
const AGAIN = 2000;
/** Of the time with one thread, what all must take at most to be used: they cost as many times the processor's. */
const WORTH = 0.95;

/** Whether all threads are faster than one, found out by measuring the first jobs of each kind. */
export type Pace = {
  /** Runs a job with all threads or one. `size` is in proportion to its work. */
  run(kind: string, size: number, job: (shared: boolean) => void): void;
};

export function makePace(now: () => number = () => performance.now()): Pace {
  const kinds = new Map<string, { jobs: number; all: number; one: number }>();
  return {
    run(kind, size, job) {
      let known = kinds.get(kind);
      if (!known || known.jobs === AGAIN) {
        known = { jobs: 0, all: Number.POSITIVE_INFINITY, one: Number.POSITIVE_INFINITY };
        kinds.set(kind, known);
      }
      const { jobs, all, one } = known;
      known.jobs++;
      if (jobs >= 2 * TRIALS) return job(all < WORTH * one);
      const which = jobs < TRIALS ? 'all' : 'one';
      const started = now();
      job(which === 'all');
      known[which] = Math.min(known[which], (now() - started) / size);
    },
  };
}

import { choose } from './choose';
import { decode, encode, see } from './passes';
import { Job } from './structs';
import { barrier, begin, description, follow } from './threads';

/** This thread's share of the job. */
function work(job: Job, id: i32): void {
  if (job.kind == 0) encode(job, id);
  else if (job.kind == 1) {
    decode(job, id);
    choose(job, id);
  } else see(job, id);
  barrier();
}

/** Runs a job with `threads` threads, this one included; `waits` where this thread may sleep. Returns when all are done. */
export function run(job: usize, threads: i32, waits: bool): void {
  begin(job, threads, waits);
  work(changetype<Job>(job), 0);
}

/** A follower's life: takes part in every job from the next on until the team ends. */
export function serve(id: i32, seen: i32): void {
  for (;;) {
    seen = follow(id, seen);
    if (seen == -1) return;
    work(changetype<Job>(description()), id);
  }
}

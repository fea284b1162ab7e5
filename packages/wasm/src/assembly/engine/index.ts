import { useConstants } from '../constants';
import { choose } from './choose';
import { decode, encode, firstRow, lastRow, see, stream } from './passes';
import { DECODE, ENCODE, Job, TABLE } from './structs';
import { barrier, begin, description, follow } from './threads';

/** This thread's share of the job. */
function work(job: Job, id: i32): void {
  if (job.kind == ENCODE) encode(job, id);
  else if (job.kind == DECODE) {
    decode(job, id);
    choose(job, id, stream(), firstRow(), lastRow());
  } else see(job, id);
  barrier();
}

/** Runs a job with `threads` threads, including this one; `waits` if this thread may sleep. Returns when all are done. */
export function run(job: usize, threads: i32, waits: bool): void {
  useConstants(TABLE);
  begin(job, threads, waits);
  work(changetype<Job>(job), 0);
}

/** A follower's loop: takes part in every job, starting with the next, until the team ends. */
export function serve(id: i32, seen: i32): void {
  useConstants(TABLE);
  for (;;) {
    seen = follow(id, seen);
    if (seen == -1) return;
    work(changetype<Job>(description()), id);
  }
}

/**
 * True if int8 products can be trusted: Node 20 has an earlier form of the relaxed dot product. The address points to bytes,
 * 7-bit bytes, four initial sums, and four results.
 */
export function probe(address: usize): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return true;
  const sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(address), v128.load(address, 16), v128.load(address, 32));
  return i32x4.all_true(i32x4.eq(sums, v128.load(address, 48)));
}

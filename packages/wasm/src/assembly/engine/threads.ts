import { ADDRESS, ARRIVED, BASE, FAILED, JOB, SLEEPERS } from './structs';

// A team of threads that share one memory. All run the same job; `part` of `parts` is this thread's share. Results do not
// depend on the number of threads: a thread computes whole sums, never part of one.

/** Rounds of polling before a thread goes to sleep: a few tenths of a millisecond. */
const PATIENCE: i32 = 40000;
/** A page's main thread may only poll. */
let mayWait: bool = false;

let threads: i32 = 1;
/** The value of `ARRIVED` once all threads have reached the next barrier. */
let goal: i32 = 0;

/** Waits until every thread of the job has reached this point. */
export function barrier(): void {
  if (threads == 1) return;
  goal += threads;
  const arrived = atomic.add<i32>(ARRIVED, 1) + 1;
  if (arrived == goal) {
    if (atomic.load<i32>(SLEEPERS)) atomic.notify(ARRIVED, -1);
    return;
  }
  for (let left = PATIENCE; ; left--) {
    const now = atomic.load<i32>(ARRIVED);
    if (now - goal >= 0) return;
    if (left > 0) continue;
    if (atomic.load<i32>(FAILED)) unreachable();
    if (mayWait) sleep(ARRIVED, now, 1000000); // wakes now and then to see whether a thread has failed
    else left = PATIENCE;
  }
}

/** Sleeps while the word at `address` is `value`, for at most this many nanoseconds (−1: no limit). */
function sleep(address: usize, value: i32, nanoseconds: i64): void {
  atomic.add<i32>(SLEEPERS, 1);
  atomic.wait<i32>(address, value, nanoseconds);
  atomic.sub<i32>(SLEEPERS, 1);
}

/** Begins a job as thread 0. The others follow; `barrier` joins all at its end. */
export function begin(address: usize, count: i32, waits: bool): void {
  mayWait = waits;
  threads = count;
  if (count == 1) return;
  goal = atomic.load<i32>(ARRIVED);
  store<i32>(BASE, goal);
  store<usize>(ADDRESS, address);
  const next = (atomic.load<i32>(JOB) & ~0xff) + 0x100;
  atomic.store<i32>(JOB, next | count);
  if (atomic.load<i32>(SLEEPERS)) atomic.notify(JOB, -1);
}

/** As thread `id` > 0: waits for a job after `seen` that has work for it. → the job, or −1 at the end of the team. */
export function follow(id: i32, seen: i32): i32 {
  mayWait = true;
  let left = PATIENCE;
  let job = atomic.load<i32>(JOB);
  while (job == seen || (job & 0xff) <= id) {
    if (job != seen) left = PATIENCE;
    seen = job;
    if (left-- < 0) sleep(JOB, job, -1);
    job = atomic.load<i32>(JOB);
  }
  if (job == -1) return job;
  threads = job & 0xff;
  goal = load<i32>(BASE);
  return job;
}

/** The job's description, for a thread that follows. */
export function description(): usize {
  return load<usize>(ADDRESS);
}

/** This thread's rows if rows are divided, from and to; tiles of four stay whole. */
export function rowShare(rows: i32, index: i32): i32 {
  return index == threads ? rows : min(rows, ((rows + 3) >> 2) * index / threads << 2);
}

/** Threads of the job. */
export function team(): i32 {
  return threads;
}

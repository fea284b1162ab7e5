import { constants } from '../constants';
import { exp1, exp4, log1 } from '../math';
import { largestOf, sumLanes } from '../simd';
import { prepare, product } from './linear';
import { Job, SUM_BLOCK } from './structs';
import { barrier, team } from './threads';

// The output layer and the choice of the likeliest tokens. Sums of exponentials are computed for blocks of the vocabulary
// and added in order, so they do not depend on which thread computes which block.

const NOTHING: f32 = -3.4e38;

/** The choice for rows r0 … r1 of the stream x, from all columns or after screening. */
export function choose(job: Job, id: i32, x: usize, r0: i32, r1: i32): void {
  const blocks = (job.head.n + SUM_BLOCK - 1) / SUM_BLOCK;
  const part = job.byRows ? 0 : id, parts = job.byRows ? 1 : team();
  // this thread's columns, as blocks
  const first = blocks * part / parts, last = blocks * (part + 1) / parts;
  if (job.screen) screen(job, x, r0, r1, part, parts, first, last);
  else score(job, x, r0, r1, part, parts, blocks, first, last);
}

/** Logits, and the `count` likeliest ids of each row with their log-probabilities. */
function score(job: Job, x: usize, r0: i32, r1: i32, part: i32, parts: i32, blocks: i32, first: i32, last: i32): void {
  const head = job.head, rows = r1 - r0, dRow = <usize>head.k << 2, own = x + <usize>r0 * dRow;
  const logitsRow = <usize>head.n << 2, logits = job.logits + <usize>r0 * logitsRow;
  prepare(head, own, dRow, rows);
  const from = first * SUM_BLOCK, to = min(last * SUM_BLOCK, head.n);
  product(head, own, dRow, rows, logits, logitsRow, from, to, false);
  for (let r = r0; r < r1; r++) {
    const row = job.logits + <usize>r * logitsRow;
    for (let b = first; b < last; b++) {
      sumBlock(row + (<usize>(b * SUM_BLOCK) << 2), min(SUM_BLOCK, head.n - b * SUM_BLOCK), job.blocks + (<usize>(r * blocks + b) << 3));
    }
    const best = <usize>((r * parts + part) * job.count) << 2;
    clear(job.count, job.partValues + best, job.partIds + best);
    pick(row, from, to, job.banned, job.count, job.partValues + best, job.partIds + best);
  }
  if (!job.byRows) barrier();
  for (let r = r0 + part; r < r1; r += parts) {
    join(job, r, parts);
    normalise(job, r, blocks);
  }
}

/**
 * The likeliest id of each row with the help of an int8 product, whose numbers are within a known radius of the logits. Only
 * columns whose upper bound reaches the largest lower bound are computed in full, sixteen at once.
 */
function screen(job: Job, x: usize, r0: i32, r1: i32, part: i32, parts: i32, first: i32, last: i32): void {
  const head = job.head, rows = r1 - r0, dRow = <usize>head.k << 2, logitsRow = <usize>head.n << 2;
  const all = x + <usize>r0 * dRow;
  const from = first * SUM_BLOCK, to = min(last * SUM_BLOCK, head.n);
  prepare(job.screen, all, dRow, rows);
  product(job.screen, all, dRow, rows, job.logits + <usize>r0 * logitsRow, logitsRow, from, to, false);
  for (let r = r0; r < r1; r++) {
    const bound = lowerBound(job, job.logits + <usize>r * logitsRow, lengthOf(x + <usize>r * dRow, head.k), from, to);
    store<f32>(job.bounds + (<usize>(r * parts + part) << 2), bound);
  }
  if (!job.byRows) barrier();
  for (let r = r0; r < r1; r++) {
    let bound: f32 = NOTHING;
    for (let i = 0; i < parts; i++) bound = max(bound, load<f32>(job.bounds + (<usize>(r * parts + i) << 2)));
    const row = job.logits + <usize>r * logitsRow, own = x + <usize>r * dRow;
    const length = f32x4.splat(lengthOf(own, head.k)), slack = f32x4.splat(job.slack), least = f32x4.splat(bound);
    const best = <usize>(r * parts + part) << 2;
    clear(1, job.partValues + best, job.partIds + best);
    for (let j = from; j < to; j += 16) {
      const y = row + (<usize>j << 2), radii = job.radii + (<usize>j << 2);
      let most = upper(y, radii, length, slack);
      for (let i: usize = 16; i < 64; i += 16) most = f32x4.max(most, upper(y + i, radii + i, length, slack));
      if (!v128.any_true(f32x4.ge(most, least))) continue;
      product(head, own, dRow, 1, row, logitsRow, j, j + 16, false);
      pick(row, j, j + 16, job.banned, 1, job.partValues + best, job.partIds + best);
    }
  }
  if (!job.byRows) barrier();
  for (let r = r0 + part; r < r1; r += parts) join(job, r, parts);
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function upper(y: usize, radii: usize, length: v128, slack: v128): v128 {
  return f32x4.add(v128.load(y), f32x4.add(f32x4.mul(v128.load(radii), length), slack));
}

/** ‖x‖, rounded up. */
function lengthOf(x: usize, k: i32): f32 {
  let squares = f32x4.splat(0);
  for (const end = x + (<usize>k << 2); x < end; x += 16) {
    const t = v128.load(x);
    squares = f32x4.add(squares, f32x4.mul(t, t));
  }
  return sqrt<f32>(sumLanes(squares)) * <f32>1.0001;
}

/** The largest lower bound of the columns from … to that are not banned. */
function lowerBound(job: Job, row: usize, length: f32, from: i32, to: i32): f32 {
  const lengths = f32x4.splat(length), slack = f32x4.splat(job.slack);
  let best: f32 = NOTHING;
  for (let j = from; j < to; j += 4) {
    const at = <usize>j << 2;
    const radius = f32x4.add(f32x4.mul(v128.load(job.radii + at), lengths), slack);
    const low = f32x4.sub(v128.load(row + at), radius);
    if (!v128.any_true(f32x4.gt(low, f32x4.splat(best)))) continue;
    for (let i = j; i < j + 4; i++) {
      if (load<u8>(job.banned + <usize>i)) continue;
      const radius = load<f32>(job.radii + (<usize>i << 2)) * length + job.slack;
      best = max(best, load<f32>(row + (<usize>i << 2)) - radius);
    }
  }
  return best;
}

/** An empty list. */
function clear(count: i32, values: usize, ids: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    store<f32>(values + i, NOTHING);
    store<i32>(ids + i, 0);
  }
}

/** The largest number of a block, and Σ exp(x − largest). */
function sumBlock(x: usize, n: i32, out: usize): void {
  const end = x + (<usize>n << 2);
  const largest = max(NOTHING, largestOf(x, end - x)), all = f32x4.splat(largest);
  const t = constants();
  let sum = f32x4.splat(0);
  for (let p = x; p < end; p += 16) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(p), all), t));
  store<f32>(out, largest);
  store<f32>(out, sumLanes(sum), 4);
}

/** Adds a row's columns from … to that are not banned to a list of the `count` largest, in order; ties keep the first. */
function pick(row: usize, from: i32, to: i32, banned: usize, count: i32, values: usize, ids: usize): void {
  const least = values + (<usize>(count - 1) << 2);
  for (let j = from; j < to; j += 4) {
    const x = v128.load(row + (<usize>j << 2));
    if (!v128.any_true(f32x4.gt(x, v128.load_splat<f32>(least)))) continue;
    for (let i = j; i < j + 4; i++) {
      const value = load<f32>(row + (<usize>i << 2));
      if (value > load<f32>(least) && !load<u8>(banned + <usize>i)) insert(value, i, count, values, ids);
    }
  }
}

/** Inserts a value into a descending list, after its equals; the last one drops out. */
function insert(value: f32, id: i32, count: i32, values: usize, ids: usize): void {
  let at = count - 1;
  for (; at > 0; at--) {
    const before = load<f32>(values + (<usize>(at - 1) << 2));
    if (before >= value) break;
    store<f32>(values + (<usize>at << 2), before);
    store<i32>(ids + (<usize>at << 2), load<i32>(ids + (<usize>(at - 1) << 2)));
  }
  store<f32>(values + (<usize>at << 2), value);
  store<i32>(ids + (<usize>at << 2), id);
}

/** Merges the parts' lists of one row, in the order of the vocabulary. */
function join(job: Job, r: i32, parts: i32): void {
  const count = job.count;
  const values = job.values + (<usize>(r * count) << 2), ids = job.bestIds + (<usize>(r * count) << 2);
  const from = <usize>(r * parts * count) << 2;
  memory.copy(values, job.partValues + from, <usize>count << 2);
  memory.copy(ids, job.partIds + from, <usize>count << 2);
  const least = values + (<usize>(count - 1) << 2);
  for (let i = count; i < parts * count; i++) {
    const at = from + (<usize>i << 2);
    const value = load<f32>(job.partValues + at);
    if (value > load<f32>(least)) insert(value, load<i32>(job.partIds + at), count, values, ids);
  }
}

/** Turns the best logits of one row into log-probabilities. */
function normalise(job: Job, r: i32, blocks: i32): void {
  const count = job.count, values = job.values + (<usize>(r * count) << 2);
  const sums = job.blocks + (<usize>(r * blocks) << 3);
  let largest: f32 = NOTHING;
  for (let b = 0; b < blocks; b++) largest = max(largest, load<f32>(sums + (<usize>b << 3)));
  let total: f64 = 0;
  for (let b = 0; b < blocks; b++) {
    const block = sums + (<usize>b << 3);
    const e = exp1(load<f32>(block) - largest, constants());
    total += <f64>(load<f32>(block, 4) * e);
  }
  const logTotal = <f64>largest + log1(total);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    store<f32>(values + i, <f32>(<f64>load<f32>(values + i) - logTotal));
  }
}

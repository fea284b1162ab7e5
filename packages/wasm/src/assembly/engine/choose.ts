import { exp4, log1 } from '../math';
import { maxLanes, sumLanes } from '../simd';
import { prepare, product } from './linear';
import { firstRow, lastRow, stream } from './passes';
import { Job } from './structs';
import { barrier, team } from './threads';

// The output layer and the choice of the likeliest tokens. Sums of exponentials are taken over blocks of the vocabulary,
// whoever computes them, and added in order.

/** Columns of a block. */
const BLOCK: i32 = 256;
const NOTHING: f32 = -3.4e38;

/** Logits, and the `count` likeliest ids of each row with their log-probabilities. */
export function choose(job: Job, id: i32): void {
  const head = job.head, rows = lastRow() - firstRow(), D = head.k;
  const blocks = (head.n + BLOCK - 1) / BLOCK;
  const part = job.byRows ? 0 : id, parts = job.byRows ? 1 : team();
  const x = stream() + (<usize>(firstRow() * D) << 2);
  const logits = job.logits + (<usize>firstRow() * <usize>head.n << 2), logitsRow = <usize>head.n << 2;
  prepare(head, x, <usize>D << 2, rows);
  const first = blocks * part / parts, last = blocks * (part + 1) / parts;
  const from = first * BLOCK, to = min(last * BLOCK, head.n);
  product(head, x, <usize>D << 2, rows, logits, logitsRow, from, to, false);
  for (let r = firstRow(); r < lastRow(); r++) {
    const row = job.logits + <usize>r * logitsRow;
    for (let b = first; b < last; b++) {
      sumBlock(row + (<usize>(b * BLOCK) << 2), min(BLOCK, head.n - b * BLOCK), job.blocks + (<usize>(r * blocks + b) << 3));
    }
    const best = <usize>((r * parts + part) * job.count) << 2;
    pick(row, from, to, job.banned, job.count, job.partValues + best, job.partIds + best);
  }
  if (!job.byRows) barrier();
  for (let r = firstRow() + part; r < lastRow(); r += parts) conclude(job, r, parts, blocks);
}

/** The largest of a block and Σ exp(x − largest). */
function sumBlock(x: usize, n: i32, out: usize): void {
  const end = x + (<usize>n << 2);
  let most = f32x4.splat(NOTHING);
  for (let p = x; p < end; p += 16) most = f32x4.max(most, v128.load(p));
  const largest = maxLanes(most), all = f32x4.splat(largest);
  let sum = f32x4.splat(0);
  for (let p = x; p < end; p += 16) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(p), all)));
  store<f32>(out, largest);
  store<f32>(out, sumLanes(sum), 4);
}

/** The `count` largest of a row's columns from … to that are not banned, in order; of equals the first. */
function pick(row: usize, from: i32, to: i32, banned: usize, count: i32, values: usize, ids: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    store<f32>(values + i, NOTHING);
    store<i32>(ids + i, 0);
  }
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

/** Puts a value into a descending list, behind its equals; the last falls out. */
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

/** Joins the parts' lists of one row, in the order of the vocabulary, and makes logits log-probabilities. */
function conclude(job: Job, r: i32, parts: i32, blocks: i32): void {
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
  const sums = job.blocks + (<usize>(r * blocks) << 3);
  let largest: f32 = NOTHING;
  for (let b = 0; b < blocks; b++) largest = max(largest, load<f32>(sums + (<usize>b << 3)));
  let total: f64 = 0;
  for (let b = 0; b < blocks; b++) {
    const block = sums + (<usize>b << 3);
    const e = f32x4.extract_lane(exp4(f32x4.splat(load<f32>(block) - largest)), 0);
    total += <f64>(load<f32>(block, 4) * e);
  }
  const logTotal = <f64>largest + log1(total);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    store<f32>(values + i, <f32>(<f64>load<f32>(values + i) - logTotal));
  }
}

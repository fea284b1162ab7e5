import { attend, pad } from './attend';
import { column, prepare, product, useBuffers } from './linear';
import { add, geluRow, norm } from './stream';
import { DECODE, Job, Level, Linear, Stack, Workspace } from './structs';
import { barrier, rowShare, team } from './threads';

// One pass of the ring. With few rows, threads divide the columns of every product and synchronise between products, so each
// core keeps its columns of the weights in its cache. With many, they divide the rows and synchronise only where rows attend
// to each other.

// `share` sets these for the whole job. Each thread runs its own instance, so the variables belong to the thread; as
// arguments, a dozen of them would go through every function below.

let stack: Stack = changetype<Stack>(0);
let space: Workspace = changetype<Workspace>(0);
let byRows: bool = false;
/** This thread's rows, and its share of columns: `part` of `parts`. */
let from: i32 = 0;
let to: i32 = 0;
let part: i32 = 0;
let parts: i32 = 1;
/** This thread's buffers. */
let x: usize = 0;
let z: usize = 0;
let u: usize = 0;
let scores: usize = 0;
let keys: usize = 0;

/** Sets this thread's share of the job. */
function share(job: Job, id: i32): void {
  stack = job.stack;
  space = job.workspace;
  byRows = job.byRows != 0;
  from = byRows ? rowShare(job.rows, id) : 0;
  to = byRows ? rowShare(job.rows, id + 1) : job.rows;
  part = byRows ? 0 : id;
  parts = byRows ? 1 : team();
  const own = <usize>id * space.next;
  x = space.x + own;
  z = space.z + own;
  u = space.u + own;
  scores = space.scores + own;
  keys = space.keys + own;
  useBuffers(space.quantised + own, space.rowScales + own);
}

/** Waits before reading what other threads wrote for this thread's rows; not needed if rows are divided. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function meet(): void {
  if (!byRows) barrier();
}

/** Row r of a matrix with `width` numbers in a row. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function row(matrix: usize, r: i32, width: i32): usize {
  return matrix + (<usize>r * <usize>width << 2);
}

/** The column where share `index` of `parts` begins. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function columnShare(n: i32, index: i32): i32 {
  return (n >> 4) * index / parts << 4;
}

/** C = A·W for this thread's rows and columns; `inputs` and `outputs` are the widths of the rows. */
function project(linear: Linear, a: usize, inputs: i32, c: usize, outputs: i32): void {
  prepare(linear, row(a, from, inputs), <usize>inputs << 2, to - from);
  product(
    linear, row(a, from, inputs), <usize>inputs << 2, to - from, row(c, from, outputs), <usize>outputs << 2,
    columnShare(linear.n, part), columnShare(linear.n, part + 1), false,
  );
}

/**
 * Queries, keys and values (`first` to `last` of them) of this thread's heads, with the level's signals, which read the
 * stream.
 */
function projectHeads(level: Level, input: usize, qkv: usize, first: i32 = 0, last: i32 = 3): void {
  const D = stack.D, E = stack.E, hp = stack.hp, rows = to - from;
  const h0 = stack.heads * part / parts * hp, h1 = stack.heads * (part + 1) / parts * hp;
  const width = 3 * E, cRow = <usize>width << 2;
  const c = row(qkv, from, width);
  const a = row(input, from, D);
  prepare(stack.qkv, a, <usize>D << 2, rows);
  for (let third = first; third < last; third++) {
    product(stack.qkv, a, <usize>D << 2, rows, c, cRow, third * E + h0, third * E + h1, false);
  }
  if (!stack.R) return;
  const R = stack.R, read = row(u, from, 3 * R), uRow = <usize>(3 * R) << 2;
  if (stack.preNorm) prepare(level.down, row(x, from, D), <usize>D << 2, rows);
  product(level.down, row(x, from, D), <usize>D << 2, rows, read, uRow, first * R, last * R, false);
  for (let third = first; third < last; third++) {
    const up = third == 0 ? level.queryUp : third == 1 ? level.keyUp : level.valueUp;
    const input = read + (<usize>(third * R) << 2);
    prepare(up, input, uRow, rows);
    product(up, input, uRow, rows, c + (<usize>(third * E) << 2), cRow, h0, h1, true);
  }
}

/** The level's feed-forward network, from the stream x with its signal, into space.added. */
function feedForward(level: Level): void {
  const D = stack.D, F = stack.F, R = stack.rankFfn, rows = to - from, dRow = <usize>D << 2;
  memory.copy(row(z, from, D), row(x, from, D), <usize>rows * dRow);
  if (R) {
    const read = row(u, from, R), uRow = <usize>R << 2;
    prepare(level.ffnDown, row(x, from, D), dRow, rows);
    product(level.ffnDown, row(x, from, D), dRow, rows, read, uRow, 0, R, false);
    prepare(level.ffnUp, read, uRow, rows);
    product(level.ffnUp, read, uRow, rows, row(z, from, D), dRow, 0, D, true);
  }
  if (stack.preNorm) normRows(z, z, level.ffnNorm, stack.epsilon);
  project(stack.fc1, z, D, space.hidden, F);
  const c0 = columnShare(F, part), c1 = columnShare(F, part + 1);
  for (let r = from; r < to; r++) geluRow(row(space.hidden, r, F) + (<usize>c0 << 2), <usize>(c1 - c0) << 2);
  meet();
  project(stack.fc2, space.hidden, F, space.added, D);
  meet();
}

function normRows(input: usize, output: usize, gain: usize, epsilon: f32): void {
  const D = stack.D;
  for (let r = from; r < to; r++) norm(row(input, r, D), row(output, r, D), gain, stack.d, D, epsilon);
}

/** x = x + added, followed by the norm if norms come after (post-norm). */
function residual(gain: usize): void {
  const D = stack.D;
  for (let r = from; r < to; r++) {
    add(row(x, r, D), row(space.added, r, D), D);
    if (!stack.preNorm) norm(row(x, r, D), row(x, r, D), gain, stack.d, D, stack.epsilon);
  }
}

/** x = embedding·scale + position */
function embed(job: Job): void {
  const D = stack.D;
  for (let r = from; r < to; r++) {
    column(job.table, load<i32>(job.ids + (<usize>r << 2)), job.tableScale, row(x, r, D));
    const position = job.kind == DECODE ? <i32>job.position : load<i32>(job.position + (<usize>r << 2));
    add(row(x, r, D), row(job.positions, position, D), D);
  }
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function levelOf(index: i32): Level {
  return changetype<Level>(load<usize>(stack.levels + (<usize>index << 2)));
}

/**
 * Each row attends to the rows of its span; with `first`, only the rows that `keepFirst` kept: the first row of each span.
 */
function attendSpans(spans: usize, qkv: usize, first: bool = false): void {
  const E = stack.E, hp = stack.hp;
  const h0 = stack.heads * part / parts, h1 = stack.heads * (part + 1) / parts;
  let listed = -1, n = 0;
  for (let r = from, at = from; r < to; at++) {
    const begin = load<i32>(spans + (<usize>at << 3));
    if (first && begin != at) continue;
    if (begin != listed) {
      listed = begin;
      n = load<i32>(spans + (<usize>at << 3), 4);
      for (let j = 0; j < n; j++) store<usize>(keys + (<usize>j << 2), row(qkv, begin + j, 3 * E) + (<usize>E << 2));
      pad(keys, n);
    }
    for (let h = h0; h < h1; h++) {
      const head = <usize>(h * hp) << 2;
      attend(
        row(qkv, r, 3 * E) + head, keys, n, head, <usize>E << 2, hp, stack.scale, 0, scores, row(space.attended, r, E) + head,
      );
    }
    r++;
  }
}

/** Moves the first row of each span to the front of this thread's rows; from then on, only those are this thread's. */
function keepFirst(spans: usize): void {
  const D = stack.D, bytes = <usize>D << 2;
  let kept = from;
  for (let r = from; r < to; r++) {
    if (load<i32>(spans + (<usize>r << 3)) != r) continue;
    if (kept != r) {
      memory.copy(row(x, kept, D), row(x, r, D), bytes);
      memory.copy(row(z, kept, D), row(z, r, D), bytes);
    }
    kept++;
  }
  to = kept;
}

/**
 * The levels of an encoder, over all rows at once; x holds the stream. With `first`, it ends up holding only the first row
 * of each span.
 */
function encodeLevels(job: Job, first: bool = false): void {
  for (let i = 0; i < job.levels; i++) {
    const level = levelOf(i), last = first && i == job.levels - 1;
    const qkv = i & 1 ? space.qkv2 : space.qkv, input = stack.preNorm ? z : x;
    if (stack.preNorm) normRows(x, z, level.selfNorm, stack.epsilon);
    projectHeads(level, input, qkv, last ? 1 : 0);
    if (byRows) barrier(); // for the other threads' keys; the next level writes the other qkv
    if (last) {
      keepFirst(job.spans);
      if (from == to) return;
      projectHeads(level, input, qkv, 0, 1);
    }
    attendSpans(job.spans, qkv, last);
    meet();
    project(stack.out, space.attended, stack.E, space.added, stack.D);
    meet();
    residual(level.selfNorm);
    feedForward(level);
    residual(level.ffnNorm);
  }
}

export function encode(job: Job, id: i32): void {
  share(job, id);
  embed(job);
  encodeLevels(job);
  project(job.crossKeyValue, x, stack.D, job.memory, job.crossKeyValue.n);
}

/** Images, each a span of rows: the class token, whose input is zeros, then its patches. Threads divide the rows. */
export function see(job: Job, id: i32): void {
  share(job, id);
  const D = stack.D, dRow = <usize>D << 2, k = job.table.k, patches = row(job.input, from, k);
  prepare(job.table, patches, <usize>k << 2, to - from);
  product(job.table, patches, <usize>k << 2, to - from, row(x, from, D), dRow, 0, D, false);
  for (let r = from; r < to; r++) add(row(x, r, D), row(job.positions, load<i32>(job.position + (<usize>r << 2)), D), D);
  encodeLevels(job, true);
  const head = job.head;
  for (let r = from, at = from; r < to; at++) {
    if (load<i32>(job.spans + (<usize>at << 3)) != at) continue;
    const image = load<i32>(job.ids + (<usize>at << 2)), seen = row(z, r, D);
    norm(row(x, r, D), seen, job.lastNorm, stack.d, D, job.lastEpsilon);
    prepare(head, seen, dRow, 1);
    product(head, seen, dRow, 1, row(job.logits, image, head.n), 0, 0, head.n, false);
    r++;
  }
}

/** Stores the new keys and values of this thread's heads and lets each row attend to its past. */
function attendPast(job: Job, level: i32, qkv: usize): void {
  const E = stack.E, hp = stack.hp, position = <i32>job.position;
  const h0 = stack.heads * part / parts, h1 = stack.heads * (part + 1) / parts;
  const first = <usize>(h0 * hp) << 2, bytes = <usize>((h1 - h0) * hp) << 2, eRow = <usize>E << 2;
  const step = <usize>level * job.levelStep;
  for (let r = from; r < to; r++) {
    const past = row(job.past, r, job.capacity);
    for (let j = 0; j <= position; j++) {
      store<usize>(keys + (<usize>j << 2), load<usize>(past + (<usize>j << 2)) + step);
    }
    const now = load<usize>(keys + (<usize>position << 2)), q = row(qkv, r, 3 * E);
    memory.copy(now + first, q + eRow + first, bytes);
    memory.copy(now + eRow + first, q + eRow * 2 + first, bytes);
    pad(keys, position + 1);
    const masks = job.masks ? row(job.masks, r, job.capacity) : 0;
    for (let h = h0; h < h1; h++) {
      const head = <usize>(h * hp) << 2;
      attend(q + head, keys, position + 1, head, eRow, hp, stack.scale, masks, scores, row(space.attended, r, E) + head);
    }
  }
}

/** Each row attends to its sentence's memory, which is the same at all levels. */
function attendMemory(job: Job, queries: usize): void {
  const E = stack.E, hp = stack.hp, eRow = <usize>E << 2;
  const h0 = stack.heads * part / parts, h1 = stack.heads * (part + 1) / parts;
  let listed: usize = 0, n = 0;
  for (let r = from; r < to; r++) {
    const base = load<usize>(job.memories + (<usize>r << 3));
    if (base != listed) {
      listed = base;
      n = load<i32>(job.memories + (<usize>r << 3), 4);
      for (let j = 0; j < n; j++) store<usize>(keys + (<usize>j << 2), base + <usize>j * (eRow << 1));
      pad(keys, n);
    }
    for (let h = h0; h < h1; h++) {
      const head = <usize>(h * hp) << 2;
      attend(row(queries, r, 3 * E) + head, keys, n, head, eRow, hp, stack.scale, 0, scores, row(space.attended, r, E) + head);
    }
  }
}

/** One token of every row, through all levels; x holds the stream at the end. */
export function decode(job: Job, id: i32): void {
  share(job, id);
  embed(job);
  const E = stack.E, D = stack.D, qkv = space.qkv;
  for (let i = 0; i < job.levels; i++) {
    const level = levelOf(i);
    projectHeads(level, x, qkv);
    attendPast(job, i, qkv);
    meet();
    project(stack.out, space.attended, E, space.added, D);
    meet();
    residual(level.selfNorm);
    crossQueries(qkv);
    attendMemory(job, qkv);
    meet();
    project(stack.crossOut, space.attended, E, space.added, D);
    meet();
    residual(level.crossNorm);
    feedForward(level);
    residual(level.ffnNorm);
  }
}

/** Queries to the memory, into the first third of `qkv`. */
function crossQueries(qkv: usize): void {
  const D = stack.D, hp = stack.hp, width = 3 * stack.E;
  prepare(stack.crossQuery, row(x, from, D), <usize>D << 2, to - from);
  product(
    stack.crossQuery, row(x, from, D), <usize>D << 2, to - from, row(qkv, from, width), <usize>width << 2,
    stack.heads * part / parts * hp, stack.heads * (part + 1) / parts * hp, false,
  );
}

/** The stream, for the output layer. */
export function stream(): usize {
  return x;
}

export function firstRow(): i32 {
  return from;
}

export function lastRow(): i32 {
  return to;
}

// The descriptions that the host writes, word by word in this order, and the words where threads meet. src/engine/structs.ts
// declares the same for the host; its test compares the two. All sizes are padded with zeros to multiples of 16: vectors of
// the stream to D, heads to hp.

// Byte addresses at the beginning of the memory.

/** (sequence << 8) | threads of the job */
export const JOB: usize = 16;
/** Address of the job's description. */
export const ADDRESS: usize = 20;
/** Counts arrivals at barriers; it is never reset. */
export const ARRIVED: usize = 24;
/** Number of threads asleep in the operating system's kernel. */
export const SLEEPERS: usize = 28;
/** 1 once a thread has trapped. */
export const FAILED: usize = 32;
/** ARRIVED when the job began. */
export const BASE: usize = 36;
/** 1 if V8 keeps a tile of six rows in registers: see threads-node.ts. */
export const WIDE: usize = 40;
/** 128 bytes that stay zero. */
export const ZEROS: usize = 256;
/** The table of ../constants.ts. */
export const TABLE: usize = 384;

// How the weights of a Linear are stored, and kinds of jobs.

export const F32: i32 = 0;
export const BF16: i32 = 1;
export const INT8: i32 = 2;

export const ENCODE: i32 = 0;
export const DECODE: i32 = 1;
/** Vision. */
export const SEE: i32 = 2;

/** Columns of the vocabulary whose exponentials are summed together. */
export const SUM_BLOCK: i32 = 256;

/** y = x·W (+ bias): K inputs, N outputs. */
@unmanaged
export class Linear {
  /** F32, BF16 or INT8 */
  kind: i32;
  weights: usize;
  /** int8: the value of one unit in each column. */
  scale: usize;
  /** int8: the sum of each column's weights. */
  sums: usize;
  bias: usize;
  n: i32;
  k: i32;
}

/** The weights of one level. A norm is its gain [D] and its bias [D]. */
@unmanaged
export class Level {
  selfNorm: usize;
  crossNorm: usize;
  ffnNorm: usize;
  /** [D → 3R]: what queries, keys and values read; 0 if there are no signals. */
  down: Linear;
  queryUp: Linear;
  keyUp: Linear;
  valueUp: Linear;
  ffnDown: Linear;
  ffnUp: Linear;
}

/** One shared block, the levels that use it, and the sizes. */
@unmanaged
export class Stack {
  levels: usize;
  /** [D → 3E]: queries, keys, values */
  qkv: Linear;
  out: Linear;
  crossQuery: Linear;
  crossOut: Linear;
  fc1: Linear;
  fc2: Linear;
  /** Width of the stream, real and padded. */
  d: i32;
  D: i32;
  heads: i32;
  /** Width of a head and of all heads, padded. */
  hp: i32;
  E: i32;
  F: i32;
  /** Ranks of the signals of attention and of the feed-forward input, padded. */
  R: i32;
  rankFfn: i32;
  /** 1/√(d/heads) */
  scale: f32;
  epsilon: f32;
  /** 1: norms come before attention and feed-forward network (vision), else after them (translation). */
  preNorm: i32;
}

/** Buffers for as many rows as the host allocated. Those of a thread are `next` bytes after the previous thread's. */
@unmanaged
export class Workspace {
  /** Of all threads: [rows 3E] twice, [rows E], [rows D], [rows F] */
  qkv: usize;
  qkv2: usize;
  attended: usize;
  added: usize;
  hidden: usize;
  /** Of each thread: the stream [rows D], a changed copy [rows D], what signals read [rows 3R] */
  x: usize;
  z: usize;
  u: usize;
  /** Of each thread: inputs prepared for products [rows widest], their scales [rows] */
  quantised: usize;
  rowScales: usize;
  /** Of each thread: attention's scores and addresses of keys [longest] */
  scores: usize;
  keys: usize;
  next: usize;
}

/** One call of the engine. */
@unmanaged
export class Job {
  /** ENCODE, DECODE or SEE */
  kind: i32;
  stack: Stack;
  workspace: Workspace;
  rows: i32;
  /** How many levels to run. */
  levels: i32;
  /** 1: threads divide the rows, else the columns. */
  byRows: i32;
  table: Linear;
  tableScale: f32;
  positions: usize;
  /** i32 [rows] */
  ids: usize;
  /** Encode: position of each row i32 [rows]. Decode: one position, the number itself. */
  position: usize;
  /** Encode: first row and number of rows of the sentence that each row belongs to, i32 [rows 2]. */
  spans: usize;
  /** Encode: cross-attention's keys and values [D → 2E], written to `memory` [rows 2E]. */
  crossKeyValue: Linear;
  memory: usize;
  /** Decode: addresses of the keys at level 0, i32 [rows capacity]; numbers to add to their scores, f32, or 0. */
  past: usize;
  masks: usize;
  capacity: i32;
  /** Decode: bytes from one level's keys to the next's. */
  levelStep: usize;
  /** Decode: address and length of each row's memory, i32 [rows 2]. */
  memories: usize;
  /** Decode: output layer, logits [rows V], and the choice. */
  head: Linear;
  logits: usize;
  banned: usize;
  count: i32;
  /** Best of each part [rows parts count], and of all [rows count]: values f32, ids i32. */
  partValues: usize;
  partIds: usize;
  values: usize;
  bestIds: usize;
  /** Largest and Σ exp of each block of the vocabulary, f32 [rows blocks 2] */
  blocks: usize;
  /**
   * Decode, when only ids are asked for: the output layer in int8, how far each of its columns may be off for an input of
   * length 1, f32 [V], and for any input; a bound for each part, f32 [rows parts]. 0 if there is none.
   */
  screen: Linear;
  radii: usize;
  slack: f32;
  bounds: usize;
  /** Vision: patches [rows K], `table` their projection, `ids` each row's image; the norm before the output layer. */
  input: usize;
  lastNorm: usize;
  lastEpsilon: f32;
}

// The layout of the memory that host and engine share. assembly/engine/structs.ts declares the same, in the same order, and
// explains each word; structs.test.ts compares the two.

/** Byte addresses of the words at the beginning of the memory, where threads meet. */
export const CONTROL = {
  JOB: 16,
  ADDRESS: 20,
  ARRIVED: 24,
  SLEEPERS: 28,
  FAILED: 32,
  BASE: 36,
  WIDE: 40,
  ZEROS: 256,
  TABLE: 384,
} as const;
/** One word for each follower, by its id: 1 once it is ready. Only the host reads and writes these. */
export const READY = 64;
/** Bytes at the beginning that are never allocated. */
export const RESERVED = 1024;

/** Values of words, and sizes that both sides count in. */
export const CONSTANTS = { F32: 0, BF16: 1, INT8: 2, ENCODE: 0, DECODE: 1, SEE: 2, SUM_BLOCK: 256 } as const;

/** The words of each description. f32 is stored as its bits; a description's name means its address. */
export const STRUCTS = {
  Linear: { kind: 'i32', weights: 'usize', scale: 'usize', sums: 'usize', bias: 'usize', n: 'i32', k: 'i32' },
  Level: {
    selfNorm: 'usize',
    crossNorm: 'usize',
    ffnNorm: 'usize',
    down: 'Linear',
    queryUp: 'Linear',
    keyUp: 'Linear',
    valueUp: 'Linear',
    ffnDown: 'Linear',
    ffnUp: 'Linear',
  },
  Stack: {
    levels: 'usize',
    qkv: 'Linear',
    out: 'Linear',
    crossQuery: 'Linear',
    crossOut: 'Linear',
    fc1: 'Linear',
    fc2: 'Linear',
    d: 'i32',
    D: 'i32',
    heads: 'i32',
    hp: 'i32',
    E: 'i32',
    F: 'i32',
    R: 'i32',
    rankFfn: 'i32',
    scale: 'f32',
    epsilon: 'f32',
    preNorm: 'i32',
  },
  Workspace: {
    qkv: 'usize',
    qkv2: 'usize',
    attended: 'usize',
    added: 'usize',
    hidden: 'usize',
    x: 'usize',
    z: 'usize',
    u: 'usize',
    quantised: 'usize',
    rowScales: 'usize',
    scores: 'usize',
    keys: 'usize',
    next: 'usize',
  },
  Job: {
    kind: 'i32',
    stack: 'Stack',
    workspace: 'Workspace',
    rows: 'i32',
    levels: 'i32',
    byRows: 'i32',
    table: 'Linear',
    tableScale: 'f32',
    positions: 'usize',
    ids: 'usize',
    position: 'usize',
    spans: 'usize',
    crossKeyValue: 'Linear',
    memory: 'usize',
    past: 'usize',
    masks: 'usize',
    capacity: 'i32',
    levelStep: 'usize',
    memories: 'usize',
    head: 'Linear',
    logits: 'usize',
    banned: 'usize',
    count: 'i32',
    partValues: 'usize',
    partIds: 'usize',
    values: 'usize',
    bestIds: 'usize',
    blocks: 'usize',
    screen: 'Linear',
    radii: 'usize',
    slack: 'f32',
    bounds: 'usize',
    input: 'usize',
    lastNorm: 'usize',
    lastEpsilon: 'f32',
  },
} as const;

export type Name = keyof typeof STRUCTS;

/** The numbers of a description: addresses, counts and, for f32, the values themselves. Address 0 means "none". */
export type Struct<N extends Name> = { readonly [word in keyof (typeof STRUCTS)[N]]: number };

/** One call of the engine. What its kind doesn't use is left out. */
export type Job = Pick<Struct<'Job'>, 'kind' | 'workspace' | 'rows' | 'levels' | 'byRows'> & Partial<Struct<'Job'>>;

/** How many bytes a description takes. */
export const bytesOf = (name: Name): number => 4 * Object.keys(STRUCTS[name]).length;

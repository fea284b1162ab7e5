export type { Computed, Piece } from './compute.ts';
export { type CutOptions, SHARD_BYTES } from './cut.ts';
export { type Joined, type JoinOptions, joinOutput } from './join.ts';
export { type Cancelled, cancel, type Done, type Failed, readDone, startAgain } from './ledger.ts';
export {
  createManifest,
  findManifest,
  type Input,
  linesOf,
  type Manifest,
  makeManifest,
  placeOf,
  readManifest,
} from './manifest.ts';
export { type Pool, startPool } from './pool.ts';
export { emptyQueue, openQueue, queueShards, type ShardQueue } from './queue.ts';
export { connectRedis, isRefusal, type RedisOptions, refusal } from './redis.ts';
export type { Shard } from './shard.ts';
export { inStore, nameOf } from './source.ts';
export { type ActiveShard, type FailedShard, type RunState, runStatus, type Status } from './status.ts';
export type { Store } from './storage.ts';
export { openStore } from './store.ts';
export { leftOf, type Outcome, type QueueWorkOptions, type WorkEvents, workQueue } from './work-queue.ts';
export { type SliceOptions, workSlice } from './work-slice.ts';

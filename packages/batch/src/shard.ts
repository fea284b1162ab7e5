/** A part of an input, whole lines: what one job computes. */
export type Shard = {
  /** Its place among all shards, from 0. */
  readonly shard: number;
  /** The place of its input among all inputs. */
  readonly input: number;
  /** Its bytes in the input, without the last; of a .gz file, in what it holds. */
  readonly start: number;
  readonly end: number;
  /** The number of its first line in the input, from 1. */
  readonly first: number;
  readonly lines: number;
  /** Of its bytes. */
  readonly sha256: string;
};

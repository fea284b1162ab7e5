/** What the thread that calls MPI is asked. Values and bytes are in shared memory, so nothing is copied. */
export type MpiCall =
  | { readonly call: 'reduce'; readonly values: Float32Array; readonly mean: boolean }
  | { readonly call: 'broadcast'; readonly bytes: Uint8Array; readonly root: number }
  | { readonly call: 'barrier' | 'finalize' | 'abort' };
export type MpiAnswer =
  | {
      readonly started: {
        readonly rank: number;
        readonly size: number;
        readonly version: string;
        readonly path: string;
      };
    }
  | { readonly done: true }
  | { readonly failed: { readonly code: string; readonly message: string } };

export type MpiThreadData = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Seconds that a call waits for the other ranks. */
  readonly timeLimit: number;
  /** Int32: [0] becomes 1 when this process wants all ranks to end; [1] is only slept on. */
  readonly control: SharedArrayBuffer;
};

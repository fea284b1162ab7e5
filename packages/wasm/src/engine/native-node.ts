import { RingformerError } from '@ringformer/core/base';
import { importNative } from '../import-native.ts';
import type { MakeNativeTeam } from './team-types.ts';

/** The operation that runs a job. Its words are the job's address and how many threads share it. */
const RUN = 0;

/**
 * Makes teams that run jobs on @ringformer/native, whose threads are its own; undefined if there are no native kernels here.
 * `variant`: the kernels for one kind of processor instead of the best that this one runs.
 */
export async function findNativeTeams(variant?: string): Promise<MakeNativeTeam | undefined> {
  const native = await importNative();
  if (!native?.findNative().addon) return undefined;
  return (arena, threads) => {
    const engine = native.openEngine(arena.memory, { threads, ...(variant !== undefined && { variant }) });
    if (!engine) throw new RingformerError('no-backend', '[ringformer/wasm] The native kernels have gone.');
    const call = arena.alloc(8);
    return {
      native: true,
      size: () => threads,
      most: threads,
      run(pointer, { worthSharing }) {
        arena.words(call, 2).set([pointer, worthSharing ? threads : 1]);
        try {
          engine.run(RUN, call);
        } catch (cause) {
          throw new RingformerError(
            'lost',
            `[ringformer/wasm] The native kernels have failed: ${(cause as Error).message} Please report this as a bug.`,
            { cause },
          );
        }
      },
      end: engine.close,
    };
  };
}

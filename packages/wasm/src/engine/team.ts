import { type Precision, RingformerError } from '@ringformer/core/base';
import { type Follower, follow, mayWait, processors, wideTiles } from '#threads';
import { instantiate } from '../instantiate.ts';
import type { Arena } from './arena.ts';
import { makePace } from './pace.ts';
import type { Programs } from './programs.ts';
import { CONTROL, READY } from './structs.ts';
import type { Team } from './team-types.ts';

/** The exports of src/assembly/engine. */
type Engine = { run(job: number, threads: number, waits: boolean): void };

/** More threads gain nothing at the sizes of these models. */
const MOST = 8;

/**
 * Starts a team over the arena's memory. 'auto' uses as many threads as the machine offers, without waiting for them to
 * start; a number is waited for.
 * @throws RingformerError 'bad-argument', or 'no-backend' if threads were requested and cannot start.
 */
export async function makeTeam(
  programs: Programs,
  precision: Precision,
  arena: Arena,
  threads: number | 'auto' = 'auto',
): Promise<Team> {
  if (threads !== 'auto' && !(Number.isSafeInteger(threads) && threads >= 1 && threads <= MOST)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/wasm] threads: expected 'auto' or a number from 1 to ${MOST}, got ${threads}.`,
    );
  }
  const most = threads === 'auto' ? Math.max(1, Math.min(4, processors())) : threads;
  const paced = (team: Team) => (threads === 'auto' && most > 1 ? measured(team) : team);
  if (programs.native) return paced(programs.native(arena, most));
  const { memory } = arena;
  const module = precision === 'int8' ? programs.integers : programs.floats;
  const engine = await instantiate<Engine>(module, memory);
  new Int32Array(memory.buffer)[CONTROL.WIDE / 4] = wideTiles ? 1 : 0;
  const followers: Follower[] = [];
  for (let id = 1; id < most; id++) {
    const follower = follow({ module, memory, id });
    if (follower) followers.push(follower);
    else if (threads === 'auto') break;
    else throw noThreads();
  }

  const control = new Int32Array(memory.buffer, 0, 64);
  const size = () => {
    let count = 1;
    while (count <= followers.length && Atomics.load(control, READY / 4 + count) === 1) count++;
    return count;
  };
  const end = () => {
    Atomics.store(control, CONTROL.JOB / 4, -1);
    Atomics.notify(control, CONTROL.JOB / 4);
    for (const follower of followers.splice(0)) follower.end();
  };
  if (threads !== 'auto') {
    try {
      await Promise.all(followers.map((follower) => follower.started));
    } catch (cause) {
      end();
      throw noThreads(cause);
    }
  }

  let broken: unknown;
  return paced({
    native: false,
    size,
    most: followers.length + 1,
    run(pointer, { worthSharing }) {
      if (broken) throw failed(broken);
      try {
        engine.run(pointer, worthSharing ? size() : 1, mayWait);
      } catch (cause) {
        broken = cause;
        Atomics.store(control, CONTROL.FAILED / 4, 1);
        throw failed(cause);
      }
    },
    end,
  });
}

/** The team, with one thread for the kinds of jobs that are not faster with all. */
function measured(team: Team): Team {
  const pace = makePace();
  return {
    ...team,
    run(pointer, { kind, rows, worthSharing }) {
      if (!worthSharing || team.size() === 1) team.run(pointer, { kind, rows, worthSharing: false });
      else {
        pace.run(`${kind} ${Math.ceil(Math.log2(rows))}`, rows, (shared) =>
          team.run(pointer, { kind, rows, worthSharing: shared }),
        );
      }
    },
  };
}

function noThreads(cause?: unknown): RingformerError {
  return new RingformerError(
    'no-backend',
    "[ringformer/wasm] Threads cannot start here. Serve the page with the headers 'Cross-Origin-Opener-Policy: same-origin' " +
      "and 'Cross-Origin-Embedder-Policy: require-corp', or use one thread.",
    { cause },
  );
}

function failed(cause: unknown): RingformerError {
  return new RingformerError(
    'lost',
    `[ringformer/wasm] The engine has failed: ${(cause as Error).message}. Load the model again.`,
    { cause },
  );
}

import { setTimeout as pause } from 'node:timers/promises';
import { gatherTexts } from '@ringformer/mpi';
import { type FolderLock, lockFolder, lockFolderWithin, ownerElsewhere } from '../folder-lock.ts';
import { isRunning, type ProcessId } from '../process-id.ts';
import type { Team } from './team.ts';

/** Only rank 0 writes the folder. */
const NO_LOCK: FolderLock = { check() {}, release() {} };

/** Open MPI's launcher ends a little before the ranks of a job that failed: the next job waits so many seconds for them. */
const ENDING_S = 10;
const LOOKS = 20;

/**
 * Takes the folder of a run: rank 0 for all of them. Ranks on other machines say whether a process there that has it is still
 * running.
 */
export async function lockTogether(
  team: Team,
  output: string,
  signal: AbortSignal,
  takeOver: boolean,
  runs = isRunning,
): Promise<FolderLock> {
  if (team.size === 1) return lockFolder(output, { takeOver });
  const ended = await endedElsewhere(team, output, runs);
  return team.together(() => (team.leads ? lockFolderWithin(ENDING_S, output, signal, { takeOver, ended }) : NO_LOCK));
}

/** The process that has locked the folder, if a rank on its machine knows that it has ended. */
async function endedElsewhere(
  { collective, fromLead }: Team,
  output: string,
  runs: typeof isRunning,
): Promise<ProcessId | undefined> {
  for (let look = 0; collective && look < LOOKS; look++) {
    const owner = await fromLead<ProcessId | null>(() => ownerElsewhere(output) ?? null);
    if (!owner) return undefined;
    const said = await gatherTexts(collective, String(runs(owner)));
    if (said.includes('false')) return owner;
    if (!said.includes('true')) return undefined;
    await pause((1000 * ENDING_S) / LOOKS);
  }
  return undefined;
}

import type { WorkerLoss, WorkerTask } from './worker-task.ts';

/** The loss that `task` says. Modules of other subjects are not loaded. */
export async function workerLoss(task: WorkerTask): Promise<WorkerLoss> {
  const { translationLoss } = await import('./translation/worker-loss.ts');
  return translationLoss(task);
}

import type { WorkerLoss, WorkerTask } from './worker-task.ts';

/** The loss that `task` describes. Modules of the other subject are not loaded. */
export async function workerLoss(task: WorkerTask): Promise<WorkerLoss> {
  if (task.subject === 'vision') return (await import('./vision/worker-loss.ts')).visionLoss(task);
  return (await import('./translation/worker-loss.ts')).translationLoss(task);
}

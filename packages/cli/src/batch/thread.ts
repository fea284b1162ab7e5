// What runs in the threads of `ringformer batch work`.
import { workerData } from 'node:worker_threads';
import { answerPieces } from '@ringformer/batch/thread';
import { openTask } from './compute.ts';
import type { ThreadData } from './task.ts';

answerPieces(openTask(workerData as ThreadData));

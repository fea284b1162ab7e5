// What runs in the threads of `ringformer batch work`.
import { workerData } from 'node:worker_threads';
import { answerPieces } from '@ringformer/batch/thread';
import { openTask } from './compute.ts';
import { type ThreadData, taskHere } from './task.ts';

const { task, threads } = workerData as ThreadData;

// Checked here too: a thread that takes another one's place may find other files than the program did.
answerPieces(taskHere(task, undefined).then((task) => openTask({ task, threads })));

// What runs in the thread with the models.
import { workerData } from 'node:worker_threads';
import { answerModels } from '@ringformer/serve/thread';
import { type ModelChoice, openModels } from './open-models.ts';

answerModels(openModels(workerData as ModelChoice));

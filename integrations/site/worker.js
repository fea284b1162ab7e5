import { serveWorker } from '@ringformer/worker/host';

serveWorker();

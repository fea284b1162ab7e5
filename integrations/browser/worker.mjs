// All that a worker's script needs; see models.mjs.
import { serveWorker } from '@ringformer/worker/host';

serveWorker();

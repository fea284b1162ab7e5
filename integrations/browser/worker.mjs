// The whole script of a worker; see models.mjs.
import { serveWorker } from '@ringformer/worker/host';

serveWorker();

// Workers that do not start, or start late: tools/browser/browsers.spec.ts serves what they load.
import { startWorker } from '@ringformer/worker';

const outcome = (script, options) =>
  startWorker(() => new Worker(`/${script}`, options), { timeout: 4000 }).then(
    (worker) => {
      worker.terminate();
      return 'started';
    },
    ({ code }) => code,
  );

const module = { type: 'module' };
const found = {
  missing: await outcome('missing.js', module),
  html: await outcome('', module),
  broken: await outcome('broken.js', module),
  throws: await outcome('throws.js', module),
  classic: await outcome('app/worker.js'),
  silent: await outcome('silent.js', module),
  late: await outcome('late.js', module),
  good: await outcome('app/worker.js', module),
};
globalThis.found = found;

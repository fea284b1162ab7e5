// Our wasm engine against ONNX Runtime, on the same jobs with the same weights. Writes the figures to results/.
// Usage, after `npm run build` and `npm ci --prefix bench`:
//   node bench/run.mjs [--browser] [--jobs J1,J2] [--dims 256,512] [--rounds 5] [--python PYTHON]
// PYTHON: one that has CTranslate2 (pip install ctranslate2), to take part with a Transformer as large.
import { parseArgs } from 'node:util';
import { describe, peaks, processor } from './machine.mjs';
import { report, table } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    browser: { type: 'boolean', default: false },
    jobs: { type: 'string', default: 'J1,J2' },
    dims: { type: 'string', default: '256,512' },
    rounds: { type: 'string', default: '5' },
    python: { type: 'string' },
  },
});

const missing = (cause) => {
  console.error(`The peers are not installed (${cause.message}): npm ci --prefix bench`);
  process.exit(1);
};
const { JOBS } = await import('./contest.mjs').catch(missing);
const wanted = JOBS.filter(
  ({ id, dim }) => flags.jobs.split(',').includes(id) && flags.dims.split(',').includes(String(dim)),
);
const contests = await import(flags.browser ? './browser.mjs' : './node.mjs').catch(missing);

const machine = { ...processor(), peaks: await peaks() };
console.log(describe(machine, machine.peaks));
const jobs = [];
const tell = (job) => {
  jobs.push(job);
  console.log(table([job]).split('\n').slice(1).join('\n'));
};
const where = await contests.run(wanted, Number(flags.rounds), tell, { python: flags.python });
report(flags.browser ? 'browser' : `node${where.match(/\d+/)[0]}`, machine, jobs, flags.browser ? where : '');
process.exit(0); // ONNX Runtime's threads would keep running

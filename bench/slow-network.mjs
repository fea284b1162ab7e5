// Where local steps pay: two ranks train a small translator, on this machine and over a slow network (bench/link.py: 10 Mbit/s, 50 ms
// each way, in user space), with sums at every update and with averages every 10 and 50; and how good they are after more updates, on
// this machine. Writes results/slow-network.{json,md,svg}.
//   node bench/slow-network.mjs [--part network|quality] [--steps 150] [--quality-steps 2000] [--rate 10e6] [--delay 0.05]
// Needs a build, root, Python 3, and Debian's openmpi-bin.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawSvg } from '../packages/pictures/dist/node.js';

const { values: flags } = parseArgs({
  options: {
    part: { type: 'string' },
    steps: { type: 'string', default: '150' },
    'quality-steps': { type: 'string', default: '2000' },
    rate: { type: 'string', default: '10e6' },
    delay: { type: 'string', default: '0.05' },
  },
});
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'slow-network-'));
const corpus = at('../docs/public/first-corpus');
const program = at('../packages/cli/dist/main.js');
const NAME = 'slow';

const agent = join(folder, 'agent.sh'); // what Open MPI calls instead of ssh: a command on the other machine
writeFileSync(agent, `#!/bin/sh\nshift\nexec ip netns exec ${NAME}-b unshare --uts sh -c "hostname ${NAME}-b; $*"\n`);
chmodSync(agent, 0o755);

const env = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
};
const NETWORK = [
  '--mca',
  'btl',
  'self,tcp',
  '--mca',
  'btl_tcp_if_include',
  '10.77.0.0/24',
  '--mca',
  'oob_tcp_if_include',
  '10.77.0.0/24',
];
const HOSTS = ['--host', '10.77.0.1,10.77.0.2', '--mca', 'plm_rsh_agent', agent];

function trained(name, slow, localSteps, steps, momentum = 0.5) {
  const output = join(folder, name);
  const settings = {
    ...{ vocab: 600, dim: 64, 'mlp-dim': 256, heads: 2, 'encoder-levels': 3, 'decoder-levels': 2, rank: 4 },
    ...{
      'batch-tokens': 256,
      accumulate: 2,
      steps,
      warmup: 20,
      cooldown: Math.round(steps / 3),
      lr: 0.002,
      dropout: 0,
    },
    ...{ 'evaluate-every': steps, 'evaluate-sentences': 0, 'checkpoint-every': steps, threads: 1 },
    ...{ average: 1, 'local-steps': localSteps },
    ...(localSteps > 0 && { 'outer-momentum': momentum }),
  };
  const texts = ['source', 'target'].flatMap((side) => {
    const ending = side === 'source' ? 'de' : 'en';
    return [`--${side}=${corpus}/train.${ending}`, `--valid-${side}=${corpus}/valid.${ending}`];
  });
  const values = Object.entries(settings).map(([flag, value]) => `--${flag}=${value}`);
  const train = [process.execPath, program, 'train', '--distributed', '--json', '-o', output, ...texts, ...values];
  const mpi = ['mpiexec.openmpi', '-np', '2', ...(slow ? [...HOSTS, ...NETWORK] : []), ...train];
  const [command, ...args] = slow ? ['python3', at('link.py'), NAME, flags.rate, flags.delay, '--', ...mpi] : mpi;
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  const { sentBytes, vanillaBytes } = JSON.parse(stdout.trim().split('\n').at(-1));
  const log = readFileSync(join(output, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  let seconds = 0;
  const course = log
    .filter(({ loss }) => loss !== undefined)
    .map(({ step, loss, tokens, perSecond }) => {
      seconds += tokens / perSecond;
      return { step, loss, seconds };
    });
  const { validLoss } = log.find((record) => record.validLoss !== undefined);
  console.log(name, seconds.toFixed(1), 's, valid loss', validLoss.toFixed(3), ', bytes a step', sentBytes);
  return { name, slow, localSteps, momentum, steps, seconds, validLoss, sentBytes, vanillaBytes, course };
}

const EVERY = [0, 10, 50];
const stored = at('results/slow-network.json');
let found = existsSync(stored) ? JSON.parse(readFileSync(stored, 'utf8')) : {};
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, shared with other work`;
try {
  if (flags.part !== 'quality') {
    const network = `${Number(flags.rate) / 1e6} Mbit/s, ${Number(flags.delay) * 1000} ms each way`;
    const runs = [true, false].flatMap((slow) =>
      EVERY.map((every) => trained(`${slow ? 'slow' : 'here'}-${every}`, slow, every, Number(flags.steps))),
    );
    found = { ...found, machine, network, longest: Math.max(...runs.map(({ seconds }) => seconds)), runs };
  }
  if (flags.part !== 'network') {
    const steps = Number(flags['quality-steps']);
    const quality = [...EVERY.map((every) => [every, 0.5]), [50, 0.9]].map(([every, momentum]) =>
      trained(`quality-${every}-${momentum}`, false, every, steps, momentum),
    );
    found = { ...found, quality: quality.map(({ course, ...figures }) => figures) };
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const { network, runs, quality } = found;
const steps = runs[0].steps ?? 150;
const says = (every) => (every === 0 ? 'sums at every update' : `averages every ${every} updates`);
const [sync, , fifty] = runs;
const chart = {
  kind: 'chart',
  name: 'slow-network',
  title: `Two ranks over ${network}`,
  says: [
    `${steps} updates of a small translator take ${sync.seconds.toFixed(0)} s with sums at every update and ${fifty.seconds.toFixed(0)} s with averages every 50, which send ${(sync.sentBytes / fifty.sentBytes).toFixed(0)} times fewer bytes.`,
  ],
  x: { label: 'seconds' },
  y: { label: 'updates', from: 0, to: steps, digits: 0 },
  series: runs
    .filter(({ slow }) => slow)
    .map(({ localSteps, course }) => ({
      name: says(localSteps),
      as: 'line',
      points: course
        .filter((_, i) => i % Math.ceil(course.length / 75) === 0 || i === course.length - 1)
        .map(({ seconds, step }) => [Number(seconds.toFixed(2)), step]),
    })),
};
const row = ({ slow, localSteps, seconds, sentBytes, vanillaBytes }) =>
  `| ${slow ? network : 'this machine'} | ${says(localSteps)} | ${(sentBytes / 1000).toFixed(1)} kB | ${(vanillaBytes / 1000).toFixed(1)} kB | ${seconds.toFixed(1)} s |`;
const qualityPart = quality
  ? `
## Quality

The same translator after ${quality[0].steps} updates, on this machine:

| ranks | outer momentum | megabytes a rank sends in all | validation loss |
| --- | --- | --- | --- |
${quality.map(({ localSteps, momentum, sentBytes, steps, validLoss }) => `| ${says(localSteps)} | ${localSteps > 0 ? momentum : ''} | ${((sentBytes * steps) / 1e6).toFixed(1)} | ${validLoss.toFixed(3)} |`).join('\n')}

DiLoCo's own momentum of 0.9 makes the outer steps seven times as long in all; in a run of so few averages from random weights that is too much.
`
  : '';
writeFileSync(at('results/slow-network.svg'), drawSvg(chart));
writeFileSync(stored, `${JSON.stringify(found, null, 1)}\n`);
writeFileSync(
  at('results/slow-network.md'),
  `# Two ranks over a slow network

${steps} updates of a translator with d 64 and 3 + 2 levels, two batches of 256 tokens an update, one for each rank; Open MPI over TCP between two network
namespaces. The network (${network}) is not \`tc netem\`, which this kernel lacks: \`link.py\` passes the frames between two TAP devices at
that rate and after that delay. ${found.machine}: read the seconds as ratios.

| network | ranks | bytes a rank sends in an update | a vanilla Transformer | time of ${steps} updates |
| --- | --- | --- | --- | --- |
${runs.map(row).join('\n')}

![Updates by time](slow-network.svg)

Averages pay where sending takes longer than computing.
${qualityPart}
\`node bench/slow-network.mjs\` makes this page.
`,
);

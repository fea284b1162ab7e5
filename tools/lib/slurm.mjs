// @ts-check
// A Slurm cluster of this machine only, to try job scripts: Debian's slurmctld and slurmd, without any privileges but root's.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runQuietly } from './exec.mjs';
import { freePort } from './registry.mjs';

/**
 * Starts it in a folder. Its one real node claims more processors than there are, and sixteen more nodes exist for the
 * scheduler only.
 * @param {string} folder
 * @returns {Promise<{ env: NodeJS.ProcessEnv, close: () => Promise<void> }>} `env`: for sbatch and its kind
 */
export async function startSlurm(folder) {
  const host = hostname().split('.')[0];
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name), { recursive: true });
  const [control, node] = [await freePort(), await freePort()];
  const file = join(folder, 'slurm.conf');
  const size = 'CPUs=256 RealMemory=1000000';
  writeFileSync(
    file,
    `ClusterName=recipes
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${control}
SlurmdPort=${node}
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
ResumeProgram=/bin/true
SuspendProgram=/bin/true
SuspendTime=600
NodeName=${host} NodeAddr=127.0.0.1 NodeHostname=${host} ${size} State=UNKNOWN
NodeName=cloud[1-16] ${size} State=CLOUD
PartitionName=all Nodes=${host},cloud[1-16] Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { ...process.env, SLURM_CONF: file, PATH: `${process.env.PATH}:/usr/sbin` };
  const children = ['slurmctld', 'slurmd'].map((name) => spawn(name, ['-D', '-f', file], { stdio: 'ignore', env }));
  const stop = () => children.map((child) => child.kill());
  process.once('exit', stop);
  const close = async () => {
    process.off('exit', stop);
    const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    stop();
    await Promise.all(ended);
  };
  for (let tries = 0; tries < 100; tries++) {
    const { stdout } = await runQuietly('sinfo', ['--noheader', '--nodes', String(host), '--format=%T'], { env });
    if (stdout.trim() === 'idle') return { env, close };
    await wait(300);
  }
  await close();
  throw new Error(`Slurm did not start. Its logs are in ${folder}.`);
}

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratch } from './cli.ts';
import { lacks, type Mpi } from './mpi.ts';

const PACKAGE = fileURLToPath(new URL('../../mpi/package.json', import.meta.url));
const ENTRY = new URL('../../mpi/dist/index.js', import.meta.url);
/** Open MPI over UCX, as on InfiniBand, but by shared memory. */
const OVER_UCX = { OMPI_MCA_pml: 'ucx', OMPI_MCA_pml_ucx_tls: 'any', OMPI_MCA_pml_ucx_devices: 'any' };
const LIBRARIES = { mpich: 'libmpich.so.12', openmpi: 'libmpi.so.40' } as const satisfies Record<Mpi, string>;

/** The first machine code of the C library's memory functions, before a process joins MPI and after it. */
const SCRIPT = `
import { createRequire } from 'node:module';
import { startMpi } from '${ENTRY}';
const koffi = createRequire(${JSON.stringify(PACKAGE)})('koffi');
const libc = koffi.load('libc.so.6');
const code = () => ['brk', 'sbrk', 'mmap', 'munmap'].map((name) => koffi.decode(libc.symbol(name), 'uint8', 8).join(' '));
const before = code();
const ranks = await startMpi();
const after = code();
await ranks.close();
console.log(JSON.stringify({ says: ranks.says, before, after }));
`;

// A transport that rewrites them while Node.js' threads allocate corrupts the heap: a rank crashes or hangs now and then.
test.skipIf(process.platform !== 'linux').each([
  ['mpich', /^MPICH/, {}],
  ['openmpi', /^Open MPI/, {}],
  ['openmpi', /^Open MPI/, OVER_UCX],
] as const)('%s leaves the memory functions of the process as they are: %s %o', (mpi, name, more) => {
  if (lacks(mpi)) return;
  const env = { ...process.env, ...more, RINGFORMER_MPI: LIBRARIES[mpi] };
  const script = join(scratch(), 'script.mjs');
  writeFileSync(script, SCRIPT);
  const said = execFileSync(process.execPath, [script], { env, encoding: 'utf8' });
  const { says, before, after } = JSON.parse(said) as { says: string; before: string[]; after: string[] };
  expect(says).toMatch(name);
  expect(after).toEqual(before);
});

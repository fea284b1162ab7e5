import { expect, test } from 'vitest';
import { launchedSize, libraryNames, localRanks, recognise } from './library.ts';

test.each([
  ['MPICH Version:\t4.0.2\nMPICH Release date:\tThu', 0, 'mpich', 'MPICH 4.0.2'],
  ['MPICH Version:      5.0.2', 1, 'mpi-abi', 'MPICH 5.0.2 (MPI ABI)'],
  ['Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4', 0, 'open-mpi', 'Open MPI 4.1.4'],
  ['Intel(R) MPI Library 2021.13 for Linux* OS', 0, 'mpich', 'Intel MPI 2021.13'],
  ['MPI VERSION    : CRAY MPICH version 8.1.29.26', 0, 'mpich', 'Cray MPICH 8.1.29'],
])('%j is recognised', (said, abi, kind, version) => {
  expect(recognise(said, abi, 'libmpi.so')).toEqual({ abi: kind, version });
});

test.each(['MPICH Version:\t3.0.4', 'Open MPI v1.10.7', 'Microsoft MPI 10.1', 'Fujitsu MPI', ''])(
  '%j is refused by name',
  (said) => {
    expect(() => recognise(said, 0, '/opt/libmpi.so')).toThrow(
      `/opt/libmpi.so is an MPI library that this version doesn't know: '${said.replace('\t', ' ')}'`,
    );
  },
);

test("the launcher's library is tried first, and a named one only", () => {
  expect(libraryNames({ OMPI_COMM_WORLD_SIZE: '2' }, 'linux')[0]).toBe('libmpi.so.40');
  expect(libraryNames({ PMI_SIZE: '2' }, 'linux').slice(0, 2)).toEqual(['libmpi.so.12', 'libmpich.so.12']);
  expect(libraryNames({ PMI_SIZE: '2' }, 'darwin')[0]).toBe('libmpi.12.dylib');
  expect(libraryNames({ RINGFORMER_MPI: '/x/libmpi.so', PMI_SIZE: '2' }, 'linux')).toEqual(['/x/libmpi.so']);
});

test('what launchers say of sizes', () => {
  expect(launchedSize({})).toBeUndefined();
  expect(launchedSize({ PMI_SIZE: '4' })).toBe(4);
  expect(launchedSize({ OMPI_COMM_WORLD_SIZE: '8', PMI_SIZE: '1' })).toBe(8);
  expect(launchedSize({ SLURM_NTASKS: '4' })).toBeUndefined(); // sbatch sets it too, before srun
  expect(launchedSize({ SLURM_NTASKS: '4', SLURM_PROCID: '0' })).toBe(4);
  expect(localRanks({})).toBe(1);
  expect(localRanks({ MPI_LOCALNRANKS: '2' })).toBe(2);
  expect(localRanks({ SLURM_NTASKS_PER_NODE: '3(x2)' })).toBe(3);
});

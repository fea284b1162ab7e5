import { expect, test } from 'vitest';
import { boundNote, kernelThreads, processorsOf } from './workers.ts';

const free = (machine: number) => ({ env: {}, machine, available: machine });
const bound = (machine: number, available: number) => ({
  env: { OMPI_MCA_orte_bound_at_launch: '1' },
  machine,
  available,
});

test('ranks and their workers together use as many processors as there are, or as many as were given', () => {
  expect(processorsOf(1, undefined, free(16))).toBe(16);
  expect(processorsOf(4, undefined, free(16))).toBe(4);
  expect(processorsOf(4, 8, free(16))).toBe(2);
  expect(processorsOf(4, undefined, free(2))).toBe(1);
  expect(kernelThreads(2, processorsOf(4, undefined, free(16)))).toBe(2); // 4 ranks of 2 workers of 2 threads
});

test('a rank that Open MPI has bound to some processors uses only these, and says so if they are fewer than its share', () => {
  expect(processorsOf(2, undefined, bound(16, 1))).toBe(1);
  expect(processorsOf(4, undefined, bound(32, 16))).toBe(8); // two ranks share each socket
  expect(boundNote(2, undefined, bound(16, 1))).toBe(
    'Open MPI has bound each rank to 1 of 16 processors, but its share is 8: start with mpiexec --bind-to none to use them',
  );
  expect(boundNote(4, undefined, bound(32, 16))).toBeUndefined();
  expect(boundNote(2, 2, bound(16, 1))).toBeUndefined();
  expect(boundNote(2, undefined, free(16))).toBeUndefined();
});

import { expect, it } from 'vitest';
import { type CifarKind, openCifar } from './cifar.ts';
import { CIFAR10_CLASSES, CIFAR100_CLASSES, CIFAR100_COARSE_CLASSES } from './cifar-classes.ts';
import { readLabels } from './dataset.ts';

/** Records whose red is 1, green 2, blue 3, except for the first pixel. */
function file(...labels: number[][]): Uint8Array {
  const records = labels.map((label, i) => {
    const planes = [1, 2, 3].flatMap((value) => [10 * (i + 1) + value, ...Array(1023).fill(value)]);
    return [...label, ...planes];
  });
  return Uint8Array.from(records.flat());
}

it('reads records across files, colours together', async () => {
  const dataset = await openCifar([file([3], [9]), file([0])], 'cifar10');
  expect(dataset).toMatchObject({ length: 3, classes: CIFAR10_CLASSES });
  const samples = await Promise.all([0, 1, 2].map((i) => dataset.get(i)));
  expect(samples.map(({ label }) => label)).toEqual([3, 9, 0]);
  expect(samples[1]?.image).toMatchObject({ width: 32, height: 32, channels: 3 });
  expect(Array.from(samples[1]?.image.data.subarray(0, 6) ?? [])).toEqual([21, 22, 23, 1, 2, 3]);
  expect(samples[2]?.image.data[0]).toBe(11);
});

it('has both labels of CIFAR-100', async () => {
  const files = [file([19, 99])];
  expect((await (await openCifar(files, 'cifar100')).get(0)).label).toBe(99);
  expect((await (await openCifar(files, 'cifar100-coarse')).get(0)).label).toBe(19);
});

it('reads all labels without the images', async () => {
  const many = Array.from({ length: 1003 }, (_, i) => [i % 20, i % 100]);
  const read = async (kind: CifarKind) =>
    Array.from(await readLabels(await openCifar([file(...many), file([5, 6])], kind)));
  expect(await read('cifar100')).toEqual([...many.map(([, fine]) => fine), 6]);
  expect(await read('cifar100-coarse')).toEqual([...many.map(([coarse]) => coarse), 5]);
  const odd = await openCifar([file([10])], 'cifar10');
  await expect(readLabels(odd)).rejects.toThrow('Image 0 has label 10, but there are 10 classes');
});

it.each<[string, unknown[], RegExp]>([
  ['null', [null, 'cifar10'], /expected an array of files, got null/],
  ['no files', [[], 'cifar10'], /expected an array of files, got an empty array/],
  ['null for a file', [[null], 'cifar10'], /openCifar: file 0: expected a Uint8Array, .* got null/],
  ['null for the kind', [[file([1])], null], /kind is null; expected one of 'cifar10', 'cifar100', 'cifar100-coarse'/],
  ['another kind', [[file([1])], 'cifar'], /did you mean 'cifar10'/],
])('refuses %s', async (_, given, message) => {
  const call = openCifar(...(given as Parameters<typeof openCifar>));
  await expect(call).rejects.toMatchObject({ code: 'bad-argument', message: expect.stringMatching(message) });
});

it('refuses what does not fit', async () => {
  await expect(openCifar([file([1]), file([1]).subarray(1)], 'cifar10')).rejects.toThrow(
    'File 1 of cifar10 has 3072 bytes',
  );
  await expect((await openCifar([file([10])], 'cifar10')).get(0)).rejects.toThrow('label 10; there are 10 classes');
  await expect((await openCifar([file([1])], 'cifar10')).get(1)).rejects.toThrow('There is no image 1');
});

it('knows the names, which stand in alphabetical order', () => {
  for (const [names, count] of [
    [CIFAR10_CLASSES, 10],
    [CIFAR100_COARSE_CLASSES, 20],
    [CIFAR100_CLASSES, 100],
  ] as const) {
    expect(new Set(names).size).toBe(count);
    expect([...names].sort()).toEqual(names);
  }
});

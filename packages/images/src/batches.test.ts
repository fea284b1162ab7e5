import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle } from '../test/bundle.ts';
import { goldenFile, goldenImage, goldenNames } from '../test/goldens.ts';
import { batches, batchesPerEpoch, type ImageBatch, readBatch } from './batches.ts';
import type { Dataset } from './dataset.ts';
import type { Workers } from './job.ts';
import { recipe } from './recipes.ts';
import { startTeam } from './workers-node.ts';

const names = goldenNames('decode/').slice(0, 13);
const classes = names;
const images: Dataset = {
  length: names.length,
  classes,
  get: async (label) => ({ image: goldenImage(`decode/${names[label]}`), label }),
};
const files: Dataset = {
  ...images,
  file: async (label) => ({ bytes: goldenFile(names[label]!), name: names[label]!, label, raw: true }),
};
const options = { size: 4, seed: 9, transform: recipe('imagenet', 'train', 8) };

async function all(sequence: AsyncIterable<ImageBatch>): Promise<ImageBatch[]> {
  const list: ImageBatch[] = [];
  for await (const batch of sequence) list.push(batch);
  return list;
}

const teams: Workers[] = [];
const programs = await bundle('src/worker.ts', 'test/leave-early.ts');
afterAll(() => Promise.all(teams.map((team) => team.end())));

/** Threads for a test. */
function team(count: number, program = new URL('worker.js', programs)): Workers {
  const workers = startTeam(count, program);
  teams.push(workers);
  return workers;
}

/** Threads that do this with each question. */
const teamThat = (does: string) =>
  team(
    1,
    new URL(`data:text/javascript,import { parentPort } from 'node:worker_threads';
    parentPort.on('message', () => { ${does} });`),
  );

describe('batches', () => {
  it('brings every image of an epoch once', async () => {
    const list = await all(batches(images, options));
    expect(list.map(({ shape }) => shape)).toEqual([...Array(3).fill([4, 3, 8, 8]), [1, 3, 8, 8]]);
    expect(list.flatMap(({ labels }) => [...labels]).sort((a, b) => a - b)).toEqual([...names.keys()]);
    expect(list.map(({ next }) => next)).toEqual([
      { epoch: 0, batch: 1 },
      { epoch: 0, batch: 2 },
      { epoch: 0, batch: 3 },
      { epoch: 1, batch: 0 },
    ]);
    const inOrder = await all(batches(images, { ...options, shuffle: false, dropLast: true }));
    expect(inOrder.flatMap(({ labels }) => [...labels])).toEqual([...names.keys()].slice(0, 12));
    expect(inOrder.at(-1)?.next).toEqual({ epoch: 1, batch: 0 });
  });

  it('goes on at any batch, bit for bit', async () => {
    const whole = await all(batches(images, { ...options, epoch: 2 }));
    for (const batch of whole.keys()) {
      expect(await all(batches(images, { ...options, epoch: 2, batch }))).toEqual(whole.slice(batch));
      expect(await readBatch(images, options, { epoch: 2, batch })).toEqual(whole[batch]);
    }
    expect(await all(batches(images, { ...options, epoch: 2, batch: 4 }))).toEqual([]);
    expect((await all(batches(images, { ...options, epoch: 3 })))[0]).not.toEqual(whole[0]);
  });

  it('gives the same from pixels, from files and from any number of workers', async () => {
    const expected = await all(batches(images, options));
    expect(await all(batches(files, options))).toEqual(expected);
    for (const workers of [1, 3].map((count) => team(count))) {
      expect(await all(batches(images, { ...options, workers }))).toEqual(expected);
      expect(await all(batches(files, { ...options, workers }))).toEqual(expected);
    }
  });

  it('does not change the pixels of a data set', async () => {
    const image = goldenImage('colour');
    const before = image.data.slice();
    const dataset = { length: 2, classes, get: async () => ({ image, label: 0 }) };
    await all(batches(dataset, { ...options, workers: team(2) }));
    expect(image.data).toEqual(before);
  });

  it.each([0, 2])('names the file that is damaged (workers: %i)', async (count) => {
    const bad = {
      ...files,
      file: async () => ({ bytes: goldenFile('420.jpg').subarray(0, 700), name: 'x/1.jpg', label: 0 }),
    };
    const workers = count ? team(count) : 0;
    await expect(all(batches(bad, { ...options, workers }))).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/x\/1\.jpg: The jpeg file of 53 × 37 cannot be decoded .*Premature end/),
    });
    expect(await all(batches(files, { ...options, workers }))).toHaveLength(4);
  });

  it('refuses images of several sizes in one batch, bad options and cursors', async () => {
    const sizes = {
      ...images,
      get: async (i: number) => ({ image: goldenImage(i % 2 ? 'colour' : 'dim/colour'), label: 0 }),
    };
    const plain = { ...options, transform: { steps: [], normalize: 'half' } as const };
    await expect(all(batches(sizes, plain))).rejects.toMatchObject({ code: 'bad-shape' });
    await expect(all(batches(images, { ...options, size: 0 }))).rejects.toThrow('size must be');
    await expect(all(batches(images, { ...options, seed: 0.5 }))).rejects.toThrow('seed must be');
    await expect(all(batches(images, { ...options, epoch: -1 }))).rejects.toThrow('epoch must be');
    await expect(readBatch(images, options, { epoch: 0, batch: 4 })).rejects.toThrow('There is no batch 4');
    expect(batchesPerEpoch(13, options)).toBe(4);
    expect(batchesPerEpoch(13, { size: 4, dropLast: true })).toBe(3);
  });

  it('stops when aborted, before or while it waits', async () => {
    const reason = new Error('enough');
    await expect(all(batches(images, { ...options, signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    const control = new AbortController();
    const workers = teamThat('');
    const never = all(batches(images, { ...options, workers, signal: control.signal }));
    setTimeout(() => control.abort(reason), 50);
    await expect(never).rejects.toBe(reason);
  });

  it.each([
    ['exits', 'process.exit(3)', 'it ended with code 3'],
    ['throws', "throw new Error('out of order')", 'out of order'],
  ])('ends with an error when a worker %s', async (_, does, why) => {
    const workers = teamThat(does);
    const failure = { code: 'lost', message: expect.stringContaining(why) };
    await expect(all(batches(images, { ...options, workers }))).rejects.toMatchObject(failure);
    await expect(all(batches(images, { ...options, workers }))).rejects.toMatchObject(failure);
  });

  it('rejects what a worker was asked when it is ended', async () => {
    const workers = teamThat('');
    const never = all(batches(images, { ...options, workers }));
    setTimeout(() => workers.end(), 50);
    await expect(never).rejects.toThrow('it was ended');
  });

  it('can be left in the middle', async () => {
    const workers = team(2);
    for await (const { next } of batches(files, { ...options, workers })) {
      expect(next.batch).toBe(1);
      break;
    }
    expect(await all(batches(files, { ...options, workers }))).toHaveLength(4);
  });

  it('lets a program that leaves it end by itself', () => {
    const program = fileURLToPath(new URL('leave-early.js', programs));
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe('left\n');
  });
});

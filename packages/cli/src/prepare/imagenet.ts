import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { readLines } from '@ringformer/text/node';
import { FailedError } from '../errors.ts';
import { makeFolders } from '../folders.ts';
import { openTemp, removeStaleTemps } from '../logs/atomic.ts';
import { filesIn, listed, placeFile } from './files.ts';
import { IMAGE, trainCommand } from './images.ts';
import type { Job, Prepared } from './job.ts';
import { type Entry, entriesOf, isTar, saveEntry, tarEntries } from './tar.ts';

/** How WordNet calls a class. */
const SYNSET = /^n\d{8}$/;
const VALID = /^ILSVRC2012_val_\d{8}\.JPEG$/i;

/** What was found of the data set. */
type Found = {
  /** Folders of a class's images, in a folder for training. */
  readonly trainFolders: readonly string[];
  /** Archives of one class each. */
  readonly trainArchives: readonly string[];
  /** Archives that hold others. */
  readonly outer: readonly string[];
  /** Images for evaluation, in no order of classes; and folders of classes of them. */
  readonly valid: readonly string[];
  readonly validFolders: readonly string[];
  /** Files that may say of which class these are. */
  readonly labels: readonly string[];
};

/**
 * ImageNet-1k (ILSVRC2012): images of training as the one archive, as 1,000 archives or as folders; images of evaluation as an
 * archive or a folder, with their classes by one of the usual files, or in folders already. Archives are read as a stream.
 */
export async function prepareImagenet(job: Job): Promise<Prepared> {
  const { output, io, show } = job;
  const found = await findAll(job);
  const wanted = await classesWanted(job);
  const wants = (synset: string) => wanted === undefined || wanted.has(synset);
  const nothing = () =>
    lacking(job, 'images to learn: ILSVRC2012_img_train.tar, or folders or archives named like n01440764');
  if (found.trainFolders.length + found.trainArchives.length + found.outer.length === 0)
    throw new FailedError(await nothing()); // before a folder is made
  const train = join(output, 'train');
  makeFolders(train);
  removeStaleTemps(train);
  const classes = new Set<string>();
  const learn = async (synset: string, place: () => Promise<void>, skip: () => void = () => {}) => {
    io.signal.throwIfAborted();
    if (!wants(synset)) return skip();
    classes.add(synset);
    show(`train: ${classes.size.toLocaleString('en')} classes`);
    if (existsSync(join(train, synset))) return skip();
    await place();
  };
  for (const folder of found.trainFolders)
    await learn(basename(folder), () => linkClass(folder, join(train, basename(folder))));
  for (const archive of found.trainArchives) {
    const synset = basename(archive, '.tar');
    await learn(synset, () => unpackClass(tarEntries(archive), join(train, synset)));
  }
  const validArchives: string[] = [];
  for (const archive of found.outer) {
    for await (const entry of tarEntries(archive)) {
      const synset = basename(entry.name, '.tar');
      if (VALID.test(basename(entry.name))) {
        validArchives.push(archive);
        break;
      }
      if (!SYNSET.test(synset)) entry.content.resume();
      else
        await learn(
          synset,
          () => unpackClass(entriesOf(entry.content, `${entry.name} in ${archive}`), join(train, synset)),
          () => entry.content.resume(),
        );
    }
  }
  if (classes.size === 0) throw new FailedError(await nothing());
  const valid = await placeValid(job, found, validArchives, classes, wants);
  if (valid === 0)
    throw new FailedError(await lacking(job, 'images to evaluate by: ILSVRC2012_img_val.tar, or a folder val of them'));
  const missing = wanted ? [...wanted].filter((synset) => !classes.has(synset)) : [];
  if (missing.length > 0)
    throw new FailedError(`There are no images of ${listed(missing)}, which ${job.classes} lists.`);
  const images = await countImages(train, classes);
  return {
    counts: { classes: classes.size, train: images, valid },
    notes: [],
    next: trainCommand(classes.size === 100 ? 'imagenet100' : 'imagenet', output),
  };
}

async function lacking({ from }: Job, what: string): Promise<string> {
  const there = await Promise.all(from.map((path) => readdir(path).catch(() => [basename(path)])));
  return `${from.join(', ')} lacks ${what}. It holds ${listed(there.flat())}.`;
}

async function findAll({ from }: Job): Promise<Found> {
  const files: string[] = [];
  const closed: string[] = [];
  for (const path of from) {
    if (isTar(path) || /\.(?:txt|csv|mat)$/i.test(path)) files.push(path);
    else {
      const inner = await filesIn(path, (folder) => !SYNSET.test(basename(folder)));
      files.push(...inner.files);
      closed.push(...inner.closed);
    }
  }
  const ofValid = (path: string) => /^val/i.test(basename(dirname(path)));
  const tars = files.filter(isTar);
  const ofClass = (path: string) => SYNSET.test(basename(path, '.tar'));
  return {
    trainFolders: closed.filter((path) => !ofValid(path)),
    validFolders: closed.filter(ofValid),
    trainArchives: tars.filter(ofClass),
    outer: tars.filter((path) => !ofClass(path) && !/devkit|test/i.test(basename(path))),
    valid: files.filter((path) => VALID.test(basename(path))),
    labels: files.filter((path) => /\.(?:txt|csv|mat)$/i.test(path)),
  };
}

async function classesWanted({ classes }: Job): Promise<ReadonlySet<string> | undefined> {
  if (classes === undefined) return undefined;
  const names = new Set<string>();
  for await (const line of readLines(classes)) {
    const [name = ''] = line.trim().split(/\s/);
    if (SYNSET.test(name)) names.add(name);
    else if (name !== '')
      throw new FailedError(`${classes} has the line '${line.trim()}'; expected a class such as n01440764.`);
  }
  if (names.size < 2) throw new FailedError(`${classes} names ${names.size} classes; expected at least two.`);
  return names;
}

async function linkClass(folder: string, target: string): Promise<void> {
  const temp = openTemp(target);
  try {
    mkdirSync(temp.path);
    const { files } = await filesIn(folder);
    for (const path of files.filter((name) => IMAGE.test(name))) placeFile(path, join(temp.path, basename(path)));
    renameSync(temp.path, target);
    temp.done();
  } catch (error) {
    temp.remove();
    throw error;
  }
}

/** The images of an archive, in a folder that appears when all of them are there. */
async function unpackClass(entries: AsyncIterable<Entry>, target: string): Promise<void> {
  const temp = openTemp(target);
  try {
    mkdirSync(temp.path);
    for await (const entry of entries) {
      if (IMAGE.test(entry.name)) await saveEntry(entry, join(temp.path, basename(entry.name)));
      else entry.content.resume();
    }
    renameSync(temp.path, target);
    temp.done();
  } catch (error) {
    temp.remove();
    throw error;
  }
}

async function countImages(folder: string, classes: ReadonlySet<string>): Promise<number> {
  let count = 0;
  for (const name of classes) count += (await readdir(join(folder, name))).length;
  return count;
}

async function placeValid(
  { output, io, show }: Job,
  found: Found,
  archives: readonly string[],
  classes: ReadonlySet<string>,
  wants: (synset: string) => boolean,
): Promise<number> {
  const val = join(output, 'val');
  let count = 0;
  const placed = () => {
    count++;
    show(`val: ${count.toLocaleString('en')} images`);
    io.signal.throwIfAborted();
  };
  for (const folder of found.validFolders) {
    if (!wants(basename(folder))) continue;
    for (const path of (await filesIn(folder)).files.filter((name) => IMAGE.test(name))) {
      placeFile(path, join(val, basename(folder), basename(path)));
      placed();
    }
  }
  if (found.valid.length === 0 && archives.length === 0) return count;
  const classOf = await readLabels(found.labels, classes);
  const target = (name: string) => {
    const synset = classOf(name);
    return wants(synset) ? join(val, synset, name) : undefined;
  };
  for (const path of found.valid) {
    const to = target(basename(path));
    if (to === undefined) continue;
    placeFile(path, to);
    placed();
  }
  for (const archive of archives) {
    for await (const entry of tarEntries(archive)) {
      const { name, content } = entry;
      const to = VALID.test(basename(name)) ? target(basename(name)) : undefined;
      if (to === undefined || existsSync(to)) content.resume();
      else {
        makeFolders(dirname(to));
        const temp = openTemp(to);
        await saveEntry(entry, temp.path).catch((error) => {
          temp.remove();
          throw error;
        });
        renameSync(temp.path, to);
        temp.done();
      }
      if (to !== undefined) placed();
    }
  }
  return count;
}

const COUNT = 50_000;
/** ILSVRC2012_val_00000001.JPEG → 0 */
const placeOf = (name: string) => Number(/(\d{8})\.JPEG$/i.exec(name)?.[1]) - 1;

/**
 * What says of which class an image for evaluation is: a list of classes in the order of the images, Kaggle's table, a list of
 * images with the places of their classes, or the development kit's numbers with its meta.mat.
 * @throws FailedError if there is none
 */
async function readLabels(files: readonly string[], classes: ReadonlySet<string>): Promise<(image: string) => string> {
  const by = (labels: (image: string) => string | undefined) => (image: string) => {
    const synset = labels(image);
    if (synset !== undefined && SYNSET.test(synset)) return synset;
    throw new FailedError(
      `${image} has no class: the file of the classes of the images for evaluation is not complete.`,
    );
  };
  for (const path of files) {
    const name = basename(path);
    if (/^LOC_val_solution\.csv$/i.test(name)) {
      const lines = await allLines(path);
      const table = new Map(lines.slice(1).map((line) => [line.split(',')[0], /n\d{8}/.exec(line)?.[0]]));
      return by((image) => table.get(image.replace(/\.JPEG$/i, '')));
    }
    if (!/\.txt$/i.test(name)) continue;
    const lines = (await allLines(path)).filter((line) => line.trim() !== '');
    if (lines.length === 0 || lines.length > COUNT) continue;
    if (lines.every((line) => SYNSET.test(line.trim())) && /val/i.test(name))
      return by((image) => lines[placeOf(image)]?.trim());
    if (lines.every((line) => /^\S*ILSVRC2012_val_\d{8}\.JPEG\s+(?:\d+|n\d{8})$/i.test(line))) {
      const sorted = [...classes].sort();
      const table = new Map(
        lines.map((line) => line.split(/\s+/) as [string, string]).map(([image, label]) => [basename(image), label]),
      );
      const named = (label: string | undefined) =>
        label === undefined || SYNSET.test(label) ? label : sorted[Number(label)];
      if (classes.size === 1000 || [...table.values()].every((label) => SYNSET.test(label)))
        return by((image) => named(table.get(image)));
    }
    if (/ground_?truth/i.test(name) && lines.every((line) => /^\d+$/.test(line.trim()))) {
      const meta = files.find((path) => basename(path) === 'meta.mat');
      if (!meta)
        throw new FailedError(
          `${path} numbers the classes, and meta.mat, which names them, is not beside it. Give the folder of the development kit (ILSVRC2012_devkit_t12, unpacked).`,
        );
      const synsets = synsetsOf(meta, classes);
      return by((image) => synsets[Number(lines[placeOf(image)]) - 1]);
    }
  }
  throw new FailedError(
    'Nothing says of which classes the images for evaluation are. Give one of these too: LOC_val_solution.csv, ILSVRC2012_validation_ground_truth.txt with meta.mat (the development kit), or imagenet_2012_validation_synset_labels.txt.',
  );
}

async function allLines(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}

/**
 * The classes of the development kit by their numbers: meta.mat (MATLAB 5) is compressed and lists them in order, the 1,000 that
 * have images first. What is read of it is checked by the classes of the images to learn.
 */
function synsetsOf(meta: string, classes: ReadonlySet<string>): string[] {
  const HEADER = 128;
  const bytes = readFileSync(meta);
  const parts: Buffer[] = [];
  try {
    for (let at = HEADER; at + 8 <= bytes.length; ) {
      const [type, size] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
      const part = bytes.subarray(at + 8, at + 8 + size);
      parts.push(type === 15 ? inflateSync(part) : part); // 15: compressed
      at += 8 + size;
    }
  } catch (cause) {
    throw new FailedError(`${meta} cannot be read: ${(cause as Error).message}. Unpack the development kit again.`, {
      cause,
    });
  }
  const text = Buffer.concat(parts).toString('latin1').replaceAll('\0', ''); // letters may have two bytes
  const names = [...new Set(text.match(/n\d{8}(?!\d)/g) ?? [])];
  const leaves = names.slice(0, 1000);
  const strange = [...classes].find((synset) => !leaves.includes(synset));
  if (strange === undefined) return leaves;
  throw new FailedError(
    `${meta} does not list ${strange} among the classes with images: it is not ILSVRC2012's, or damaged.`,
  );
}

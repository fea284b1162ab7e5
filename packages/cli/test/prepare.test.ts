import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { goldenImage } from '@ringformer/test-tools/golden-files';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { openSplit } from '../src/train/vision/data.ts';
import { cli, type Ran, scratch } from './cli.ts';

/** Writes files by their paths. */
function files(all: Readonly<Record<string, string | Uint8Array>>, folder = scratch()): string {
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function tar(all: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(all)) archive.entry({ name }, Buffer.from(content));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const prepare = (kind: string, from: string | readonly string[], output: string, ...more: string[]) =>
  cli(['prepare', kind, ...[from].flat(), '-o', output, ...more]);
const ok = ({ code, err, out }: Ran): string => {
  expect(code, err).toBe(0);
  return out;
};
const refused = ({ code, err }: Ran, message: string | RegExp) => {
  expect(code, err).toBe(1);
  expect(err).toMatch(message);
  expect(err).not.toContain('(Unexpected;');
};
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const tree = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const seg = (text: string, id: number) => `<seg id="${id}"> ${text} </seg>\n`;
const set = (texts: readonly string[]) =>
  `<?xml version="1.0"?>\n<refset><doc docid="1">\n<title>x</title>\n${texts.map(seg).join('')}</doc></refset>\n`;
const IWSLT = {
  'de-en/train.tags.de-en.de':
    '<url>http://a</url>\n<title>Titel</title>\nEins & zwei.\n\nDrei.\n<reviewer></reviewer>\n',
  'de-en/train.tags.de-en.en':
    '<url>http://a</url>\n<title>Title</title>\nOne & two.\nEmpty.\nThree.\n<reviewer></reviewer>\n',
  'de-en/IWSLT14.TED.dev2010.de-en.de.xml': set(['Ja &amp; &#x4e;ein.', 'A &lt;b&gt;']),
  'de-en/IWSLT14.TED.dev2010.de-en.en.xml': set(['Yes &amp; &#78;o.', 'A &quot;b&apos;']),
  'de-en/IWSLT14.TEDX.dev2012.de-en.de.xml': '<seg id="1">Über\nzwei Zeilen</seg>\n',
  'de-en/IWSLT14.TEDX.dev2012.de-en.en.xml': '<seg id="1">Over two</seg>\n',
  'de-en/IWSLT14.TED.tst2011.de-en.de.xml': set(['Eins']),
  'de-en/IWSLT14.TED.tst2011.de-en.en.xml': set(['One']),
  'de-en/IWSLT14.TED.tst2012.de-en.de.xml': '<seg id="1">Zwei</seg> <seg id="2">Drei</seg>\n',
  'de-en/IWSLT14.TED.tst2012.de-en.en.xml': '<seg id="1">Two</seg> <seg id="2">Three</seg>\n',
  'de-en/README': 'x',
};

test('IWSLT: tagged talks, and sets in XML; the two sides stay beside each other', async () => {
  const [from, output] = [files(IWSLT), join(scratch(), 'out')];
  const out = ok(await prepare('iwslt', from, output));
  expect(tree(output)).toEqual(['prepared.json', 'test.de', 'test.en', 'train.de', 'train.en', 'valid.de', 'valid.en']);
  expect(read(output, 'train.de')).toBe('Eins & zwei.\nDrei.\n');
  expect(read(output, 'train.en')).toBe('One & two.\nThree.\n');
  expect(read(output, 'valid.de')).toBe('Ja & Nein.\nA <b>\nÜber zwei Zeilen\n');
  expect(read(output, 'valid.en')).toBe('Yes & No.\nA "b\'\nOver two\n');
  expect(read(output, 'test.de')).toBe('Eins\nZwei\nDrei\n');
  expect(out).toContain('Pairs with an empty side, left out: 1.');
  expect(out).toContain(`ringformer train -o run --settings iwslt14 --source ${join(output, 'train.de')} --target`);
  expect(ok(await prepare('iwslt', from, output))).toContain('is prepared already');
  refused(await prepare('wmt', from, output), 'holds iwslt already');
  const back = ok(await prepare('iwslt', from, join(scratch(), 'back'), '--from', 'en', '--to', 'de', '--json'));
  expect(JSON.parse(back).counts).toEqual({ train: 2, valid: 3, test: 3 });
});

test('IWSLT: what is wrong is named, and nothing is left', async () => {
  const output = join(scratch(), 'out');
  refused(await prepare('iwslt', files({ 'a.tgz': 'x' }), output), /lacks train\.tags\.de-en\.de.*Unpack a\.tgz first/);
  refused(
    await prepare('iwslt', files({ 'train.tags.de-en.de': 'a\n' }), output),
    'has no translation beside it: expected train.tags.de-en.en',
  );
  const { 'de-en/train.tags.de-en.en': _, ...others } = IWSLT;
  refused(
    await prepare('iwslt', files({ ...others, 'de-en/train.tags.de-en.en': 'One.\n' }), output),
    /\.en has 1 sentences and .*\.de 3; sentence N/,
  );
  const cut = { ...IWSLT, 'de-en/IWSLT14.TED.dev2010.de-en.de.xml': '<seg id="1">Ja' };
  refused(await prepare('iwslt', files(cut), output), 'ends within a segment');
  refused(await prepare('iwslt', join(output, 'no'), output), 'There is nothing at');
  expect(existsSync(output)).toBe(false);
});

const WMT = {
  'training/europarl-v7.de-en.de': 'Eins\n \nDrei\n',
  'training/europarl-v7.de-en.en': 'One\nTwo\nThree\n',
  'training/europarl-v7.cs-en.en': 'No\n',
  'news-commentary-v9.de-en.de.gz': gzipSync('Vier\r\n'),
  'news-commentary-v9.de-en.en.gz': gzipSync('Four\n'),
  'dev/newstest2013-src.de.sgm': set(['Ja']),
  'dev/newstest2013-ref.en.sgm': set(['Yes']),
  'dev/newstest2012-src.de.sgm': set(['Alt']),
  'test/newstest2014-deen-src.de.sgm': set(['Nein', 'Doch']),
  'test/newstest2014-deen-ref.en.sgm': set(['No', 'Yes']),
};

test('WMT: parallel texts, compressed or not, and sets in SGML', async () => {
  const output = join(scratch(), 'out');
  const out = ok(await prepare('wmt', files(WMT), output));
  expect(read(output, 'train.de')).toBe('Vier\nEins\nDrei\n');
  expect(read(output, 'train.en')).toBe('Four\nOne\nThree\n');
  expect([read(output, 'valid.de'), read(output, 'test.en')]).toEqual(['Ja\n', 'No\nYes\n']);
  expect(out).toContain('Training text: news-commentary-v9.de-en.de.gz, europarl-v7.de-en.de.');
  refused(
    await prepare('wmt', files(WMT), join(scratch(), 'x'), '--valid', 'newstest2010'),
    /lacks the set newstest2010 \(see --valid\)/,
  );
  refused(
    await prepare('wmt', files(WMT), join(scratch(), 'x'), '--valid', 'newstest2012'),
    /has no translation beside it: expected newstest2012-ref\.en\.sgm/,
  );
});

test("WMT as the authors' folder has it, and plain sets", async () => {
  const raw = {
    'train.de': 'a\nb\n',
    'train.en': 'c\nd\n',
    'val.de': 'e\n',
    'val.en': 'f\n',
    'test.de': 'g\n',
    'test.en': 'h\n',
  };
  const output = join(scratch(), 'out');
  const { counts } = JSON.parse(ok(await prepare('wmt', files(raw), output, '--json')));
  expect(counts).toEqual({ train: 2, valid: 1, test: 1 });
  expect(read(output, 'test.en')).toBe('h\n');
});

/** A batch as Python 2 pickled it: strings are bytes, and NumPy builds the array. */
function pickled(labels: Readonly<Record<string, readonly number[]>>, pixels: Uint8Array, count: number): Buffer {
  const short = (text: string) => Buffer.concat([Buffer.from('U'), Buffer.from([text.length]), Buffer.from(text)]);
  const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
  const size = Buffer.alloc(4);
  size.writeInt32LE(pixels.length);
  const bytes = (...codes: number[]) => Buffer.from(codes);
  const list = (of: readonly number[]) =>
    Buffer.concat([bytes(0x5d, 0x28), ...of.map((x) => bytes(0x4b, x)), bytes(0x65)]);
  return Buffer.concat([
    ...[bytes(0x80, 2, 0x7d, 0x28), short('data')],
    ...[global('numpy.core.multiarray', '_reconstruct'), global('numpy', 'ndarray'), bytes(0x4b, 0, 0x85)],
    ...[short('b'), bytes(0x87, 0x52, 0x28, 0x4b, 1, 0x4b, count, 0x4d, 0x00, 0x0c, 0x86)],
    ...[global('numpy', 'dtype'), short('u1'), bytes(0x4b, 0, 0x4b, 1, 0x87, 0x52, 0x89)],
    ...[Buffer.from('T'), size, Buffer.from(pixels), bytes(0x74, 0x62)],
    ...Object.entries(labels).flatMap(([name, of]) => [short(name), list(of)]),
    bytes(0x75, 0x2e),
  ]);
}

/** Images whose colours have different bytes, some of them no UTF-8. */
const pixels = (count: number, from: number) =>
  Uint8Array.from({ length: count * 3072 }, (_, i) => (from + Math.floor(i / 1024) * 70 + (i % 3)) % 256);

test('CIFAR-10 for Python becomes what its binary version is, from a folder and from an archive', async () => {
  const batches = Object.fromEntries(
    [1, 2].map((i) => [`cifar-10-batches-py/data_batch_${i}`, pickled({ labels: [3, i] }, pixels(2, i), 2)]),
  );
  const all = {
    ...batches,
    'cifar-10-batches-py/test_batch': pickled({ labels: [9] }, pixels(1, 200), 1),
    'cifar-10-batches-py/batches.meta': 'x',
  };
  const outputs = [join(scratch(), 'a'), join(scratch(), 'b')] as const;
  ok(await prepare('cifar', files(all), outputs[0]));
  const archive = join(files({ 'cifar-10-python.tar.gz': gzipSync(await tar(all)) }), 'cifar-10-python.tar.gz');
  const out = ok(await prepare('cifar', archive, outputs[1]));
  expect(out).toContain('--settings cifar10 --data');
  const record = (label: number, i: number, of: Uint8Array) =>
    Buffer.concat([Buffer.from([label]), of.subarray(i * 3072, (i + 1) * 3072)]);
  for (const output of outputs) {
    expect(tree(output)).toEqual(['data_batch_1.bin', 'data_batch_2.bin', 'prepared.json', 'test_batch.bin']);
    expect(readFileSync(join(output, 'data_batch_2.bin'))).toEqual(
      Buffer.concat([record(3, 0, pixels(2, 2)), record(2, 1, pixels(2, 2))]),
    );
  }
  const { train, valid } = await openSplit({ data: outputs[0], validData: outputs[0], holdOut: 0 });
  expect([train.length, valid.length]).toEqual([4, 1]);
  expect((await valid.get(0)).label).toBe(9);
});

test('CIFAR-100, and the binary version in an archive', async () => {
  const both = { fine_labels: [98, 5], coarse_labels: [19, 0] };
  const output = join(scratch(), 'out');
  ok(
    await prepare(
      'cifar',
      files({ train: pickled(both, pixels(2, 0), 2), test: pickled(both, pixels(2, 9), 2), meta: '' }),
      output,
    ),
  );
  expect([...readFileSync(join(output, 'train.bin')).subarray(0, 3)]).toEqual([19, 98, 0]);
  const binary = await tar({
    'cifar-100-binary/train.bin': readFileSync(join(output, 'train.bin')),
    'cifar-100-binary/fine_label_names.txt': 'x',
  });
  const again = join(scratch(), 'again');
  ok(await prepare('cifar', join(files({ 'c.tar': binary }), 'c.tar'), again));
  expect(readFileSync(join(again, 'train.bin'))).toEqual(readFileSync(join(output, 'train.bin')));
});

test('CIFAR: what is wrong is named', async () => {
  const output = join(scratch(), 'out');
  refused(
    await prepare('cifar', files({ 'photo.png': 'x' }), output),
    /lacks CIFAR's files: expected data_batch_1.* It holds photo\.png/,
  );
  refused(
    await prepare('cifar', files({ data_batch_1: 'x' }), output),
    /data_batch_1 is not a batch of CIFAR for Python: /,
  );
  refused(
    await prepare('cifar', files({ data_batch_1: pickled({ labels: [1] }, pixels(2, 0), 2) }), output),
    'labels is not a list of 2 labels',
  );
  refused(
    await prepare('cifar', files({ data_batch_1: pickled({ labels: [1] }, pixels(1, 0).subarray(9), 1) }), output),
    'its data are not rows of 3072 bytes',
  );
  const damaged = join(files({ 'c.tar.gz': gzipSync(Buffer.alloc(5000, 'x')).subarray(0, 20) }), 'c.tar.gz');
  refused(await prepare('cifar', damaged, output), /c\.tar\.gz cannot be read to its end.*Download it again/);
  expect(existsSync(output)).toBe(false);
});

const image = readFileSync(goldenImage('420.jpg'));
const TINY = {
  'tiny-imagenet-200/train/n01443537/images/n01443537_0.JPEG': image,
  'tiny-imagenet-200/train/n01443537/n01443537_boxes.txt': 'x',
  'tiny-imagenet-200/train/n02769748/images/n02769748_0.JPEG': image,
  'tiny-imagenet-200/val/images/val_0.JPEG': image,
  'tiny-imagenet-200/val/images/val_1.JPEG': image,
  'tiny-imagenet-200/val/val_annotations.txt':
    'val_0.JPEG\tn02769748\t0\t32\t44\t62\nval_1.JPEG\tn01443537\t0\t0\t1\t1\n',
  'tiny-imagenet-200/test/images/test_0.JPEG': image,
};

test('Tiny ImageNet: evaluation images in folders of their classes', async () => {
  const output = join(scratch(), 'out');
  const out = ok(await prepare('tiny-imagenet', files(TINY), output));
  expect(tree(output)).toEqual([
    ...['prepared.json', 'train/n01443537/n01443537_0.JPEG', 'train/n02769748/n02769748_0.JPEG'],
    ...['val/n01443537/val_1.JPEG', 'val/n02769748/val_0.JPEG'],
  ]);
  expect(out).toContain(`--settings tiny-imagenet --data ${join(output, 'train')} --valid-data ${join(output, 'val')}`);
  const split = await openSplit({ data: join(output, 'train'), validData: join(output, 'val'), holdOut: 0 });
  expect(split.counts).toEqual({ train: [1, 1], valid: [1, 1] });
  const { 'tiny-imagenet-200/val/images/val_1.JPEG': _, ...lacking } = TINY;
  refused(
    await prepare('tiny-imagenet', join(files(lacking), 'tiny-imagenet-200'), join(scratch(), 'x')),
    /val_1\.JPEG is missing, though/,
  );
  const strange = { ...TINY, 'tiny-imagenet-200/val/val_annotations.txt': 'val_0.JPEG\tn00000001\n' };
  refused(
    await prepare('tiny-imagenet', files(strange), join(scratch(), 'x')),
    "val_0.JPEG is of class 'n00000001', which has no folder",
  );
  refused(
    await prepare('tiny-imagenet', files({ 'a.txt': '' }), join(scratch(), 'x')),
    'expected val/val_annotations.txt in it. It holds a.txt',
  );
  const zip = join(files({ 'tiny-imagenet-200.zip': 'x' }), 'tiny-imagenet-200.zip');
  refused(await prepare('tiny-imagenet', zip, join(scratch(), 'x')), 'is an archive. Unpack it first');
});

const [A, B, C] = ['n01440764', 'n01443537', 'n01484850'] as const;
const name = (i: number) => `ILSVRC2012_val_0000000${i}.JPEG`;
const classTar = (synset: string) => tar({ [`${synset}_1.JPEG`]: image, [`${synset}_2.JPEG`]: image });
const valTar = () => tar({ [name(1)]: image, [name(2)]: image, [name(3)]: image });
const IMAGENET = [
  ...[A, B, C].flatMap((synset) => [`train/${synset}/${synset}_1.JPEG`, `train/${synset}/${synset}_2.JPEG`]),
  ...[`val/${A}/${name(2)}`, `val/${B}/${name(3)}`, `val/${C}/${name(1)}`],
].sort();

/** meta.mat of the development kit: compressed, its letters in two bytes. */
function meta(synsets: readonly string[]): Buffer {
  const text = Buffer.from(synsets.map((name) => `\u0001${name}\u0002fish`).join(''), 'utf16le');
  const part = deflateSync(text);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(15, 0);
  head.writeUInt32LE(part.length, 4);
  return Buffer.concat([Buffer.alloc(128, 'MATLAB 5.0'), head, part]);
}

test('ImageNet as archives, one of them of archives, with the development kit', async () => {
  const train = await tar({
    [`${A}.tar`]: await classTar(A),
    [`${B}.tar`]: await classTar(B),
    [`${C}.tar`]: await classTar(C),
  });
  const from = files({
    'ILSVRC2012_img_train.tar': train,
    'ILSVRC2012_img_val.tar': await valTar(),
    'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt': '1\n3\n2\n',
    'ILSVRC2012_devkit_t12/data/meta.mat': meta([C, B, A]),
  });
  const output = join(scratch(), 'out');
  const controller = new AbortController();
  controller.abort(new Error('stop'));
  const stopped = await cli(['prepare', 'imagenet', from, '-o', output], { signal: controller.signal });
  expect(stopped.code).not.toBe(0);
  const out = ok(await prepare('imagenet', from, output));
  expect(tree(output)).toEqual([...IMAGENET, 'prepared.json'].sort());
  expect(out).toContain('classes: 3');
  expect(readFileSync(join(output, 'val', C, name(1)))).toEqual(image);
  expect(tree(output).filter((path) => path.includes('.tmp'))).toEqual([]);
});

test.for<[string, Record<string, string>]>([
  ['a list of classes', { 'imagenet_2012_validation_synset_labels.txt': `${C}\n${A}\n${B}\n` }],
  [
    "Kaggle's table",
    {
      'LOC_val_solution.csv': `ImageId,PredictionString\nILSVRC2012_val_00000002,${A} 1 2 3 4 \nILSVRC2012_val_00000001,${C} 1 1 1 1 ${C} 2 2 2 2\nILSVRC2012_val_00000003,${B} 0 0 1 1\n`,
    },
  ],
  ['a list of images', { 'val.txt': `${name(3)} ${B}\n${name(1)} ${C}\n${name(2)} ${A}\n` }],
])('ImageNet as folders, with %s', async ([_, labels]) => {
  const train = Object.fromEntries(
    [A, B, C].flatMap((synset) => [1, 2].map((i) => [`Data/CLS-LOC/train/${synset}/${synset}_${i}.JPEG`, image])),
  );
  const val = Object.fromEntries([1, 2, 3].map((i) => [`Data/CLS-LOC/val/${name(i)}`, image]));
  const output = join(scratch(), 'out');
  ok(await prepare('imagenet', files({ ...train, ...val, ...labels }), output));
  expect(tree(output)).toEqual([...IMAGENET, 'prepared.json'].sort());
});

test('ImageNet: only some classes, and images for evaluation in folders already', async () => {
  const archives = {
    [`train/${A}.tar`]: await classTar(A),
    [`train/${B}.tar`]: await classTar(B),
    [`train/${C}.tar`]: await classTar(C),
  };
  const from = files({
    ...archives,
    [`val/${A}/${name(2)}`]: image,
    [`val/${B}/${name(3)}`]: image,
    [`val/${C}/${name(1)}`]: image,
  });
  const list = join(files({ 'some.txt': `${A} tench\n${C}\n` }), 'some.txt');
  const output = join(scratch(), 'out');
  ok(await prepare('imagenet', from, output, '--classes', list));
  expect(tree(output)).toEqual([...IMAGENET.filter((path) => !path.includes(B)), 'prepared.json'].sort());
  const wrong = join(files({ 'some.txt': 'tench\n' }), 'some.txt');
  refused(
    await prepare('imagenet', from, join(scratch(), 'x'), '--classes', wrong),
    "has the line 'tench'; expected a class such as n01440764",
  );
});

test('ImageNet: what is missing or damaged is named; what is complete stays', async () => {
  const output = join(scratch(), 'out');
  refused(
    await prepare('imagenet', files({ 'a.txt': 'x' }), output),
    /lacks images to learn: ILSVRC2012_img_train\.tar.*It holds a\.txt/,
  );
  const archives = { [`${A}.tar`]: await classTar(A), [`${B}.tar`]: (await classTar(B)).subarray(0, 700) };
  refused(await prepare('imagenet', files(archives), output), new RegExp(`${B}\\.tar cannot be read to its end`));
  expect(tree(output)).toEqual([`train/${A}/${A}_1.JPEG`, `train/${A}/${A}_2.JPEG`]);
  const whole = { [`${A}.tar`]: await classTar(A), [`${B}.tar`]: await classTar(B) };
  refused(await prepare('imagenet', files(whole), output), 'lacks images to evaluate by');
  const unlabelled = { ...whole, 'ILSVRC2012_img_val.tar': await valTar() };
  refused(await prepare('imagenet', files(unlabelled), output), 'Nothing says of which classes');
  const kit = { ...unlabelled, 'ILSVRC2012_validation_ground_truth.txt': '1\n2\n1\n' };
  refused(await prepare('imagenet', files(kit), output), 'meta.mat, which names them, is not beside it');
  refused(
    await prepare('imagenet', files({ ...kit, 'meta.mat': meta([C, A]) }), output),
    `does not list ${B} among the classes`,
  );
  ok(await prepare('imagenet', files({ ...kit, 'meta.mat': meta([B, A]) }), output));
  expect(tree(output)).toContain(`val/${B}/${name(1)}`);
});

test('the command line', async () => {
  const wrong = async (argv: string[], says: string) => {
    const { code, err } = await cli(['prepare', ...argv]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(says) });
  };
  await wrong([], 'Say what to prepare: one of iwslt, wmt, cifar');
  await wrong(['mnist', 'x'], "'mnist' is not known");
  await wrong(['wmt'], 'Say where the files of wmt are');
  await wrong(['wmt', 'x'], '--output is missing');
});

test('ImageNet: of an empty folder nothing is made', async () => {
  const folder = scratch();
  mkdirSync(join(folder, 'empty'));
  const { code, err } = await cli(['prepare', 'imagenet', join(folder, 'empty'), '-o', join(folder, 'out')]);
  expect(code).toBe(1);
  expect(err).toContain('lacks images to learn');
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

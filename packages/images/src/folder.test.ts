import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { listImages, openImageFolder } from './node.ts';

const golden = (name: string) => fileURLToPath(new URL(`../test/goldens/${name}`, import.meta.url));

/** A folder with these files: copies of images by their ending, or text. */
function folder(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'ringformer images '));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(join(path, '..'), { recursive: true });
    if (content.startsWith('=')) copyFileSync(golden(content.slice(1)), path);
    else writeFileSync(path, content);
  }
  return root;
}

async function namesOf(root: string): Promise<string[]> {
  const dataset = await openImageFolder(root);
  return Promise.all(Array.from({ length: dataset.length }, async (_, i) => (await dataset.file!(i)).name));
}

it('case vision/03: links to folders and files are followed, at every depth', async () => {
  const elsewhere = folder({ 'bird/0.png': '=gray.png', 'bird/deep/1.png': '=gray.png', '2.jpg': '=420.jpg' });
  const root = folder({ 'cat/0.png': '=gray.png' });
  symlinkSync(join(elsewhere, 'bird'), join(root, 'bird'));
  symlinkSync(join(elsewhere, '2.jpg'), join(root, 'cat/2.jpg'));
  symlinkSync(join(elsewhere, 'bird/deep'), join(root, 'cat/linked'));
  expect(await namesOf(root)).toEqual(['bird/0.png', 'bird/deep/1.png', 'cat/0.png', 'cat/2.jpg', 'cat/linked/1.png']);
});

it('case vision/03: links in circles come to an end', async () => {
  const root = folder({ 'cat/0.png': '=gray.png', 'cat/in/1.png': '=gray.png', 'dog/0.png': '=gray.png' });
  symlinkSync('..', join(root, 'cat/in/up'));
  symlinkSync('.', join(root, 'cat/self'));
  symlinkSync('../..', join(root, 'cat/in/root'));
  expect(await namesOf(root)).toEqual(['cat/0.png', 'cat/in/1.png', 'dog/0.png']);
});

it('case vision/03: a link that leads nowhere is named', async () => {
  const root = folder({ 'cat/0.png': '=gray.png' });
  symlinkSync('gone.png', join(root, 'cat/1.png'));
  await expect(openImageFolder(root)).rejects.toThrow(
    `${join(root, 'cat/1.png')} is a link to something that does not exist. Remove it`,
  );
  rmSync(join(root, 'cat/1.png'));
  symlinkSync('1.png', join(root, 'cat/1.png'));
  await expect(openImageFolder(root)).rejects.toThrow('is a link that leads back to itself');
});

it('case vision/03: hidden files and folders are left out and counted, other files named', async () => {
  const root = folder({
    'cat/0.png': '=gray.png',
    'cat/._0.png': 'resource fork',
    'cat/.DS_Store': '',
    'cat/x.gif': 'GIF89a',
    '.ipynb_checkpoints/0.png': '=gray.png',
    '__MACOSX/cat/0.png': 'resource fork',
    'README.md': 'pets',
  });
  const { classes, length, leftOut } = await openImageFolder(root);
  expect({ classes, length }).toEqual({ classes: ['cat'], length: 1 });
  expect(leftOut.hidden).toBe(4);
  expect([...leftOut.others].sort()).toEqual([join(root, 'README.md'), join(root, 'cat/x.gif')]);
});

it('case vision/03: damaged files are found by path before anything is learned', async () => {
  const root = folder({ 'cat/0.png': '=gray.png', 'dog/0.jpg': '=420.jpg', 'dog/1.webp': '=lossy.webp' });
  await (await openImageFolder(root)).check();
  writeFileSync(join(root, 'cat/empty.png'), '');
  writeFileSync(join(root, 'cat/really.png'), 'GIF89a');
  writeFileSync(join(root, 'dog/pointer.jpg'), 'version https://git-lfs.github.com/spec/v1\n');
  const error = await (await openImageFolder(root)).check().catch((error) => error);
  expect(error).toMatchObject({ name: 'RingformerError', code: 'bad-file' });
  expect(error.message).toContain('3 of 6 images cannot be read. Mend or remove them:');
  expect(error.message).toContain(
    `${join(root, 'cat/empty.png')}: Expected a JPEG, PNG or WebP image, but this file is empty.`,
  );
  expect(error.message).toContain(
    `${join(root, 'cat/really.png')}: Expected a JPEG, PNG or WebP image, but this is a GIF.`,
  );
  expect(error.message).toContain(
    `${join(root, 'dog/pointer.jpg')}: Expected a JPEG, PNG or WebP image, but this is a Git LFS`,
  );
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await expect((await openImageFolder(root)).check(controller.signal)).rejects.toThrow('enough');
});

it('problems below a folder are reported instead, if that is asked for; pipes are left out', async () => {
  const root = folder({ 'cat/0.png': '=gray.png', 'dog/0.png': '=gray.png' });
  symlinkSync('gone.png', join(root, 'cat/1.png'));
  symlinkSync('gone', join(root, 'horse'));
  execFileSync('mkfifo', [join(root, 'dog/pipe.png')]);
  const problems: string[] = [];
  const onProblem = ({ message }: Error) => problems.push(message);
  const dataset = await openImageFolder(root, { onProblem });
  expect([dataset.length, dataset.classes]).toEqual([2, ['cat', 'dog']]);
  expect(dataset.leftOut).toEqual({ hidden: 0, others: [join(root, 'dog/pipe.png')] });
  expect(problems).toEqual([
    expect.stringContaining(`${join(root, 'horse')} is a link to something that does not exist`),
    expect.stringContaining(`${join(root, 'cat/1.png')} is a link to something that does not exist`),
  ]);
  expect((await listImages(root, { onProblem })).files).toEqual(['cat/0.png', 'dog/0.png']);
});

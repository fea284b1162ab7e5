import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratch, tinyModel } from './cli.ts';
import { ringformer } from './program.ts';

// A kill -9 needs a process: these start the built program.
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const FAST = ['--beam', '1', '--max-length', '8', '--threads', '1'];
const COUNT = 900;

/** Each line is unlike all others, and some stay as they are, so that a lost or doubled one is seen. */
const line = (i: number) => (i % 3 === 0 ? `{${i}}` : `gut ${i} Morgen`);
const lines = Array.from({ length: COUNT }, (_, i) => i);
const JOBS: [name: string, content: string][] = [
  ['in.txt', lines.map((i) => (i % 11 === 5 ? '' : line(i))).join('\n')],
  ['in.jsonl', lines.map((i) => (i % 50 === 7 ? 'bad' : JSON.stringify({ id: i, text: line(i) }))).join('\n')],
  [
    'in.md',
    lines
      .slice(0, COUNT / 3)
      .map((i) => `- gut **morgen ${i}** und [tag](${i}.html) auch\n`)
      .join(''),
  ],
  ['in.csv', ['id,text', ...lines.map((i) => `${i},"${line(i)}, ""gut"""`)].join('\r\n')],
];

const argv = async (folder: string, name: string, output: string) => [
  ...['translate', '-m', await tinyModel(), ...FAST, '-f', join(folder, name), '-o', join(folder, output)],
  ...(name.endsWith('.csv') ? ['--column', 'text'] : []),
];

/** The same "random" numbers each time. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test.each(JOBS)(
  '%s: killed again and again, it ends as an unbroken run does',
  { timeout: 300_000 },
  async (name, content) => {
    const folder = scratch();
    writeFileSync(join(folder, name), content);
    const began = performance.now();
    expect(await ringformer(await argv(folder, name, 'whole')).ended).toMatchObject({ code: 0 });
    const duration = performance.now() - began;
    const flags = [...(await argv(folder, name, 'out')), '--resume'];
    const done = join(folder, 'out.partial', 'done.jsonl');
    const size = () => statSync(done, { throwIfNoEntry: false })?.size ?? 0;
    const random = randomly(name.length);
    let kills = 0;
    let most = 0;
    while (kills < 4) {
      const { child, ended } = ringformer(flags);
      const timer = setTimeout(() => child.kill('SIGKILL'), duration * (0.3 + 0.6 * random()));
      const { code, err } = await ended;
      clearTimeout(timer);
      if (code !== null) {
        expect(code, err).toBe(0); // it was faster
        break;
      }
      kills++;
      if (existsSync(join(folder, 'out'))) break; // the kill came after the output was done; it is compared below
      const last = existsSync(done) ? readFileSync(done).lastIndexOf(10) + 1 : 0;
      expect(last).toBeGreaterThanOrEqual(most); // whole entries are never lost
      most = last;
    }
    expect(kills).toBeGreaterThan(0);
    if (!existsSync(join(folder, 'out')) || existsSync(join(folder, 'out.partial'))) {
      const last = await ringformer(flags).ended;
      expect(last.code, last.err).toBe(0);
    }
    expect(size()).toBe(0);
    expect(readFileSync(join(folder, 'out')).equals(readFileSync(join(folder, 'whole')))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual([name, 'out', 'whole'].sort());
  },
);

/** A disk of our own, in a namespace of our own. */
const canMount =
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', '/mnt']).status === 0 ||
  process.env.CI === 'true';

test.skipIf(!canMount || process.platform !== 'linux')(
  'the disk is full, and the run goes on once there is room (needs unshare and tmpfs)',
  { timeout: 300_000 },
  async () => {
    const folder = scratch();
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const [name, content] = JOBS[0] as [string, string];
    writeFileSync(join(folder, name), content);
    expect(await ringformer(await argv(folder, name, 'whole')).ended).toMatchObject({ code: 0 });
    const size = statSync(join(folder, 'whole')).size;
    const flags = [...(await argv(folder, name, 'disk/out')), '--resume'];
    const script = `
      mount -t tmpfs -o size=${Math.ceil((1.5 * size) / 4096) * 4}k none disk
      "$@"; echo "first $?"; ls -A disk disk/out.partial
      mount -o remount,size=64m disk
      "$@"; echo "second $?"; ls -A disk
      cp disk/out out`;
    const child = spawn('unshare', ['-rm', 'sh', '-c', script, 'sh', process.execPath, program, ...flags], {
      cwd: folder,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk;
      });
    await once(child, 'close');
    expect(said).toMatch(
      /out(\.partial\/done\.jsonl)?:? [^\n]*the disk is full[\s\S]*first 1\ndisk:\nout\.partial\n\ndisk\/out\.partial:\ndone\.jsonl\nsettings\.json\n[\s\S]*resuming[\s\S]*second 0\nout\n$/,
    );
    expect(readFileSync(join(folder, 'out')).equals(readFileSync(join(folder, 'whole')))).toBe(true);
  },
);

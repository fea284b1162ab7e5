import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';

const MARKDOWN = '# guten Morgen\n\n```\ncode\n```\n\n- [x](https://example.org) `y`\n';

test('files are translated as what they are: documents whole, others line by line, in order', async () => {
  const folder = scratch();
  const [notes, lines, cues] = ['notes.md', 'lines.txt', 'film.srt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(notes, MARKDOWN);
  writeFileSync(lines, '{a}\n\n{b}\n');
  writeFileSync(cues, '1\n00:00:01,000 --> 00:00:02,000\n1234\n');
  const output = join(folder, 'out');
  const ran = await cli(['translate', '-m', await tinyModel(), '-f', notes, '-f', lines, '-f', cues, '-o', output]);
  expect(ran).toMatchObject({ code: 0, out: '' });
  const written = readFileSync(output, 'utf8');
  expect(written).toMatch(
    /^# [\s\S]*\n\n```\ncode\n```\n\n- \[[\s\S]*\]\(https:\/\/example\.org\) `y`\n\{a\}\n\n\{b\}\n1\n00:00:01,000 --> 00:00:02,000\n1234\n$/,
  );
});

test('a pipe needs --format; --format text translates line by line', async () => {
  const model = await tinyModel();
  const html = '<p>1</p>\n<script>guten Morgen</script>\n';
  const piped = await cli(['translate', '-m', model, '--format', 'html'], { stdin: html });
  expect(piped).toMatchObject({ code: 0, out: html });
  const file = join(scratch(), 'a.html');
  writeFileSync(file, '{a}\n');
  expect(await cli(['translate', '-m', model, '--format', 'text', '-f', file])).toMatchObject({
    code: 0,
    out: '{a}\n',
  });
});

test('what does not go together is refused', async () => {
  const model = await tinyModel();
  const file = join(scratch(), 'a.md');
  writeFileSync(file, 'x');
  const json = await cli(['translate', '-m', model, '--json', '-f', file]);
  expect(json).toMatchObject({ code: 2, err: expect.stringMatching(/read as markdown.*--json.*--format text/) });
  expect(await cli(['translate', '-m', model, '--format', 'html', 'x'])).toMatchObject({ code: 2 });
  expect(await cli(['translate', '-m', model, '-f', `${file}x.md`])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/no such file/),
  });
  writeFileSync(file, Uint8Array.of(65, 0xff));
  expect(await cli(['translate', '-m', model, '-f', file])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/not UTF-8.*--encoding windows-1252/),
  });
});

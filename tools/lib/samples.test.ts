import { expect, it } from 'vitest';
import { codeBlocks, samples } from './samples.mjs';

it('finds the fenced blocks with their languages', () => {
  const text = '# A\n```sh\nnpm test\n```\ntext `x`\n\n```js title="a"\nf(`\n`);\n```\n```\n```\n';
  expect(codeBlocks(text)).toEqual([
    { language: 'sh', code: 'npm test\n' },
    { language: 'js', code: 'f(`\n`);\n' },
    { language: '', code: '' },
  ]);
});

it('keeps every line of a program at its place in the file', () => {
  const [sample] = samples('# A\n\n```ts\nfirst();\n\nthird();\n```\ntext\n');
  expect(sample).toEqual({ language: 'ts', line: 3, run: true, code: '\n\n\nfirst();\n\nthird();\n' });
});

it('runs TypeScript unless a comment says not to, and shell commands only if one says so', () => {
  const text = [
    '```ts',
    '```',
    '<!-- no-run -->',
    '```typescript',
    '```',
    '```sh',
    '```',
    '<!-- run -->',
    '```bash',
    '```',
  ];
  const found = samples(text.join('\n')).map(({ language, run }) => `${language} ${run}`);
  expect(found).toEqual(['ts true', 'ts false', 'sh false', 'sh true']);
});

it('joins blocks that continue one another, with the lines that are hidden', () => {
  const text = [
    '<!-- hidden',
    'const a = 1;',
    '-->',
    '```ts',
    'f(a);',
    '```',
    '<!-- continues -->',
    '```ts',
    'g(a);',
    '```',
    '```ts',
    'h();',
    '```',
  ];
  const found = samples(text.join('\n'));
  expect(found.map(({ code }) => code)).toEqual([
    '\nconst a = 1;\n\n\nf(a);\n\n\n\ng(a);\n',
    `${'\n'.repeat(11)}h();\n`,
  ]);
});

it('applies a comment only to the next block', () => {
  const found = samples('<!-- no-run -->\n```ts\n```\n```ts\n```\n<!-- a remark about no-run -->\n```ts\n```\n');
  expect(found.map(({ run }) => run)).toEqual([false, true, true]);
});

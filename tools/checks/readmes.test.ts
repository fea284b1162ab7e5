import { expect, it } from 'vitest';
import { codeBlocks } from './readmes.mjs';

it('finds the fenced blocks with their languages', () => {
  const text = '# A\n```sh\nnpm test\n```\ntext `x`\n\n```js title="a"\nf(`\n`);\n```\n```\n```\n';
  expect(codeBlocks(text)).toEqual([
    { language: 'sh', code: 'npm test\n' },
    { language: 'js', code: 'f(`\n`);\n' },
    { language: '', code: '' },
  ]);
});

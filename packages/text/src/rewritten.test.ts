import { expect, it } from 'vitest';
import { masked } from './rewritten.ts';

it('masks parts and nothing else', () => {
  const part = (from: number, to: number) => ({ from, to, text: '' });
  expect(masked('ab12cd345', [part(2, 4), part(6, 9)])).toBe('abxxcdxxx');
  expect(masked('12ab', [part(0, 2)])).toBe('xxab');
  expect(masked('ab', [])).toBe('ab');
});

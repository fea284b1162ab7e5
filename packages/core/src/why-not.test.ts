import { expect, test } from 'vitest';
import { codeOf, whyNot } from './why-not.ts';

const coded = (message: string, fields: object) => Object.assign(new Error(message), fields);

test.each([
  [coded('ENOENT: no such file', { code: 'ENOENT' }), 'ENOENT', 'there is no such file or directory'],
  [coded('The key', { Code: 'NoSuchKey' }), 'NoSuchKey', 'there is no such object'],
  [coded('expired', { name: 'ExpiredToken' }), 'ExpiredToken', 'the credentials have expired'],
  [coded('[ringformer/batch] It broke.', { code: 'bad-file' }), 'bad-file', 'It broke'],
  [
    new TypeError('fetch failed', { cause: coded('x', { code: 'ECONNREFUSED' }) }),
    'TypeError',
    'the connection was refused',
  ],
  [new TypeError('fetch failed', { cause: new Error('other side closed') }), 'TypeError', 'other side closed'],
  [new Error('outer', { cause: new Error('inner') }), 'Error', 'outer'],
  ['a text.', '', 'a text'],
  [undefined, '', 'undefined'],
])('%s is put in words', (error, code, words) => {
  expect([codeOf(error), whyNot(error)]).toEqual([code, words]);
});

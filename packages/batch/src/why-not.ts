import { reasonOf } from '@ringformer/core/base';

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file on this machine',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file is in the way',
  EACCES: 'permission is denied',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'there is no such host',
  NoSuchKey: 'there is no such object',
  NoSuchBucket: 'there is no such bucket',
  AccessDenied: 'access is denied',
};

/** The code of a system's or a service's error, or ''. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, Code, name } = error as { code?: unknown; Code?: unknown; name: string };
  return String(code ?? Code ?? name);
}

/** Why it failed, in words, without a full stop. */
export function whyNot(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: unknown };
  const words = WORDS[codeOf(error)] ?? WORDS[codeOf(cause)];
  return words ?? reasonOf(cause instanceof Error && codeOf(error) === 'TypeError' ? cause : error).replace(/\.$/, '');
}

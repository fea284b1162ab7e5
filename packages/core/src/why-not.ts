import { reasonOf } from './errors.ts';

/** Codes of systems, services and stores, in words. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EEXIST: 'a file is in the way',
  EACCES: 'permission is denied',
  EPERM: 'the system does not permit it',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was lost',
  ETIMEDOUT: 'it did not answer in time',
  ENOTFOUND: 'there is no such host',
  NoSuchKey: 'there is no such object',
  NoSuchBucket: 'there is no such bucket',
  AccessDenied: 'access is denied',
  PermanentRedirect: 'the bucket is in another region (set AWS_REGION)',
  AuthorizationHeaderMalformed: 'the bucket is in another region (set AWS_REGION)',
  CredentialsProviderError: 'there are no credentials (set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)',
  TimeoutError: 'it did not answer in time',
  ExpiredToken: 'the credentials have expired',
  InvalidAccessKeyId: 'the access key is not known',
  SignatureDoesNotMatch: 'the secret access key is not the right one',
};

/** The code or else the name of an error of the system, of a service or of this project ('ENOENT', 'bad-file'), or ''. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, Code, name } = error as { code?: unknown; Code?: unknown; name: string };
  return String(code ?? Code ?? name);
}

/** Why a file, a service or a store refused, in words, without a full stop. */
export function whyNot(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: unknown };
  const words = WORDS[codeOf(error)] ?? WORDS[codeOf(cause)];
  return words ?? reasonOf(cause instanceof Error && codeOf(error) === 'TypeError' ? cause : error).replace(/\.$/, '');
}

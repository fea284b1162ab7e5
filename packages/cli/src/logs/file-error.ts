import { RingformerError } from '@ringformer/core/base';

const REASONS: Record<string, readonly [problem: string, remedy: string]> = {
  ENOSPC: ['the disk is full', 'Free some space, or choose a directory on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or choose a directory on another disk.'],
  EFBIG: ['the file would be larger than the system allows', 'Raise the limit (ulimit -f), or choose another disk.'],
  EACCES: ['permission is denied', 'Change the permissions of the directory, or choose another.'],
  EPERM: ['the system does not permit it', 'Change the permissions of the directory, or choose another.'],
  EROFS: ['the file system is read-only', 'Choose a directory that can be written.'],
  ENOENT: ['its directory does not exist', 'Create the directory first, or check the path.'],
  ENOTDIR: ['a part of its path is a file, not a directory', 'Check the path.'],
  EEXIST: ['a file is in the way', 'Move it away, or check the path.'],
  EISDIR: ['it is a directory', 'Name a file.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n), or close other programs.'],
};

/** The code that the system reported, such as 'ENOSPC', or '' for any other error. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** The error to throw if `action` on `path` failed: 'bad-file', with the path, the cause and the remedy. */
export function fileError(action: string, path: string, cause: unknown): RingformerError {
  const code = systemCode(cause);
  const [problem, remedy] = REASONS[code] ?? [
    cause instanceof Error ? cause.message : String(cause),
    'Check the path and the disk.',
  ];
  const said = code in REASONS ? `${problem} (${code})` : problem;
  return new RingformerError('bad-file', `Cannot ${action} ${path}: ${said}. ${remedy}`, { cause });
}

/**
 * Node's own flags for a thread whose program is a file: those of this process, without the one for programs in its arguments
 * (`node --input-type=module -e …`), with which a thread of a file does not start.
 */
export const threadArgs = (): string[] =>
  (globalThis as { process?: { execArgv?: string[] } }).process?.execArgv?.filter(
    (flag) => !flag.startsWith('--input-type'),
  ) ?? [];

import type { Io } from '../io.ts';

/** The data sets of the paper. */
export const KINDS = ['iwslt', 'wmt', 'cifar', 'tiny-imagenet', 'imagenet'] as const;
export type Kind = (typeof KINDS)[number];

export type Request = {
  readonly kind: Kind;
  /** Folders or archives. */
  readonly from: readonly string[];
  readonly output: string;
  readonly languages: { readonly from: string; readonly to: string };
  readonly sets: { readonly valid: string; readonly test: string };
  /** A file of classes. */
  readonly classes: string | undefined;
  readonly json: boolean;
  readonly io: Io;
};

export type Job = Request & { readonly show: (text: string) => void };

/** What was made: counts by name, and the command that trains with it. */
export type Prepared = {
  readonly counts: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly next: string;
};

import type { Picture } from '@ringformer/pictures';

/** What can be looked at. */
export const KINDS = ['cka', 'distance', 'attention', 'alignment', 'signals', 'depth', 'cost'] as const;
export type Kind = (typeof KINDS)[number];

/** What the sections of a report say before their pictures. */
export const SECTIONS: Readonly<Record<Kind, { readonly title: string; readonly says: string }>> = {
  cka: {
    title: 'How alike the levels are',
    says: 'If every level did the same, all of them would be alike. CKA measures how alike what they make of the same data is.',
  },
  distance: {
    title: 'How far heads look',
    says: 'The mean distance between what looks and what is looked at, weighted by attention, for each head of each level.',
  },
  attention: {
    title: 'Attention',
    says: 'What each head of each level looks at, and what reaches the end through all levels.',
  },
  alignment: {
    title: 'Word alignment',
    says: 'Which words of the source the model looked at when it wrote each word of its translation.',
  },
  signals: {
    title: 'Level signals',
    says: 'What each level adds to the shared block’s queries, keys, values and feed-forward input, and how it turns the vectors of the tokens.',
  },
  depth: {
    title: 'What fewer levels cost',
    says: 'The answer after each level, beside the right one and that of all levels; and what stopping early is worth.',
  },
  cost: {
    title: 'What it costs',
    says: 'Parameters and multiply–adds, counted from the configuration, beside a vanilla Transformer of the same widths and depth.',
  },
};

/** A model with data to show it, open until `dispose`. */
export type Subject = {
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly kinds: readonly Kind[];
  /** How many images could not be read. */
  readonly unread?: number;
  /** Pictures of one kind. Reports the share that is done, and stops when the signal is aborted. */
  pictures(kind: Kind, onShare: (share: number) => void): Promise<Picture[]>;
  dispose(): void;
};

/** What a subject is made from. */
export type SubjectRequest = {
  readonly model: string | undefined;
  readonly against: string | undefined;
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly data: string | undefined;
  /** The most sentences or images. */
  readonly limit: number | undefined;
  readonly kinds: readonly Kind[];
};

/** The largest number of sentences or images whose maps are kept at a time; CKA sees all. */
export const INSPECTED = 16;

import type { Seq2seqConfig } from '@ringformer/seq2seq/engine';

/** The part of a translation model's configuration that its graphs need. */
export type Seq2seqExportConfig = Seq2seqConfig & { readonly architecture: string };

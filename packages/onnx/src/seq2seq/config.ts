import type { FusedSeq2seqConfig } from '@ringformer/core/base';

/** The part of a translation model's configuration that its graphs need. */
export type Seq2seqExportConfig = FusedSeq2seqConfig & { readonly architecture: string };

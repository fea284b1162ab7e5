import { RingformerError } from '@ringformer/core/base';
import type { Seq2seqConfig } from '@ringformer/seq2seq/engine';
import type { Arena } from './arena.ts';
import type { Screen } from './screen.ts';
import type { Sizes } from './stack.ts';
import type { Team } from './team-types.ts';
import type { Workspace } from './workspace.ts';

/** A model in the arena: the addresses of its parts. */
export type Model = {
  readonly config: Seq2seqConfig;
  readonly sizes: Sizes;
  readonly arena: Arena;
  readonly team: Team;
  readonly workspace: Workspace;
  /** Where jobs are written. */
  readonly job: number;
  readonly encoder: Side;
  readonly decoder: Side;
  readonly crossKeyValue: number;
  readonly head: number;
  /** For float32 weights that are screened with int8 copies: see screen.ts. */
  readonly screen?: Screen;
};

/** Stack, embedding table and positions of the encoder or the decoder. */
export type Side = { readonly stack: number; readonly table: number; readonly positions: number };

/** @throws RingformerError 'bad-argument' if an id is not below `vocabulary`. */
export function checkIds(ids: readonly number[], vocabulary: number): void {
  const odd = ids.find((id) => !(Number.isSafeInteger(id) && id >= 0 && id < vocabulary));
  if (odd === undefined) return;
  throw new RingformerError(
    'bad-argument',
    `[ringformer/wasm] Token ${odd} is not in the vocabulary; expected ids from 0 to ${vocabulary - 1}.`,
  );
}

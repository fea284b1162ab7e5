import { kindOf, RingformerError } from '@ringformer/core/base';

/** @throws RingformerError 'bad-argument' if it is not a text. */
export function checkText(text: string, what?: string): void {
  if (typeof text === 'string') return;
  const hint = Array.isArray(text) ? ' Use translateBatch for several texts.' : '';
  throw new RingformerError(
    'bad-argument',
    `[ringformer/seq2seq] ${what ? `${what}: expected` : 'Expected'} a text, got ${kindOf(text)}.${hint}`,
  );
}

/** No n-gram of tokens may occur more than `times` times in a sentence. */
export type Brake = {
  readonly n: number;
  readonly times: number;
  /** Whether a token is a whole word, which must not directly follow itself. */
  readonly isWord?: (token: number) => boolean;
  /** Tokens that may repeat themselves: digits that are copied. */
  readonly free?: { readonly has: (token: number) => boolean };
};

/** The tokens that must not come next: with them, the last n tokens would occur once too often. */
export function banned(tokens: readonly number[], brake: Brake | undefined): number[] {
  if (!brake) return [];
  const { n, times, isWord, free } = brake;
  const counts = new Map<number, number>();
  for (let end = n - 1; end < tokens.length; end++) {
    let back = 1;
    while (back < n && tokens[end - back] === tokens[tokens.length - back]) back++;
    const next = tokens[end]!;
    if (back === n) counts.set(next, (counts.get(next) ?? 0) + 1);
  }
  const over = [...counts].flatMap(([next, count]) => (count >= times && !free?.has(next) ? [next] : []));
  const last = tokens.at(-1);
  return last !== undefined && isWord?.(last) && !over.includes(last) ? [...over, last] : over;
}

/** Whether a token may come after others, and how many of the likeliest ones may not. */
export type Choice = { readonly may: (token: number) => boolean; readonly refused: number };

/** What a search must heed, besides what is likely. Undefined: anything goes. */
export type Guard = (tokens: readonly number[]) => Choice | undefined;

/** What may come next, given a brake and a guard. */
export function choiceAfter(tokens: readonly number[], brake: Brake | undefined, guard: Guard | undefined): Choice {
  const over = banned(tokens, brake);
  const guarded = guard?.(tokens);
  if (!guarded) return { may: (token) => !over.includes(token), refused: over.length };
  return { may: (token) => guarded.may(token) && !over.includes(token), refused: over.length + guarded.refused };
}

/** How many continuations of a row can be refused: so many more must be asked for. */
export const mostRefused = (choices: readonly Choice[]): number =>
  choices.reduce((most, { refused }) => Math.max(most, refused), 0);

/** How often the most frequent n-gram occurs; 1 if none occurs twice. */
export function mostOften(tokens: readonly number[], n: number): number {
  const counts = new Map<string, number>();
  let most = 1;
  for (let i = 0; i + n <= tokens.length; i++) {
    const ngram = tokens.slice(i, i + n).join();
    const count = (counts.get(ngram) ?? 0) + 1;
    counts.set(ngram, count);
    most = Math.max(most, count);
  }
  return most;
}

import type { ProtectedSpan } from '@ringformer/text';

/** Names and numbers that translation models copy reliably: they occur often, and are the same in every language. */
const STAND_INS = {
  word: ['Tom', 'John', 'Boston', 'London', 'Paris'],
  number: ['23', '17', '38', '41', '64', '95'],
};

export type StandIns = {
  readonly source: string;
  /**
   * The translation with the spans again, the rest of it changed by `loud`. Undefined unless each stand-in is in it exactly
   * once, as a word.
   */
  restore(translation: string, loud: (text: string) => string): string | undefined;
};

/** A text with a stand-in for each span, the rest changed by `calm`. Undefined if there are more spans than stand-ins. */
export function insertStandIns(
  text: string,
  spans: readonly (ProtectedSpan & { readonly text?: string })[],
  calm: (text: string) => string,
): StandIns | undefined {
  const left = {
    word: STAND_INS.word.filter((name) => !text.includes(name)),
    number: STAND_INS.number.filter((number) => !text.includes(number)),
  };
  const pairs: { readonly name: string; readonly span: string; readonly owns: boolean }[] = [];
  let source = '';
  let at = 0;
  for (const { from, to, as, text: written = text.slice(from, to) } of spans) {
    const name = left[as === 'number' ? 'number' : 'word'].shift();
    if (name === undefined) return undefined;
    source += calm(text.slice(at, from)) + name;
    pairs.push({ name, span: written, owns: /^['’]s(?!\p{L})/u.test(text.slice(to)) });
    at = to;
  }
  source += calm(text.slice(at));
  return {
    source,
    restore(translation, loud) {
      const forms = pairs.map(({ name, owns }) =>
        owns ? `${name}(?=s?(?![\\p{L}\\p{N}]))` : `${name}(?![\\p{L}\\p{N}])`,
      );
      const names = new RegExp(`(?<![\\p{L}\\p{N}])(${forms.join('|')})`, 'u');
      const pieces = translation.split(names);
      const found = pieces.filter((_, i) => i % 2 === 1);
      const once = pairs.every(({ name }) => translation.split(name).length === 2);
      if (!once || found.length !== pairs.length) return undefined;
      return pieces
        .map((piece, i) => (i % 2 === 1 ? pairs.find(({ name }) => name === piece)?.span : loud(piece)))
        .join('');
    },
  };
}

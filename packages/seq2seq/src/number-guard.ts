import { halfDay, inOtherForm, numberMarks, numbersIn, plainNumber, type Tokenizer } from '@ringformer/text';
import type { Guard } from './brake.ts';

/** Tokens with digits, and those that are a mark between digits. */
export type DigitTokens = { readonly digits: ReadonlyMap<number, string>; readonly marks: ReadonlyMap<number, string> };

export function digitTokensOf(tokenizer: Tokenizer): DigitTokens {
  const digits = new Map<number, string>();
  const marks = new Map<number, string>();
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    const text = asciiOf(tokenizer, id);
    if (/\d/.test(text)) digits.set(id, text);
    else if (/^[.,' :/]$/.test(text)) marks.set(id, text);
  }
  return { digits, marks };
}

/** The token's bytes as characters: those above 127 are not what they mean, but neither digits nor marks. */
const asciiOf = (tokenizer: Tokenizer, id: number) => String.fromCharCode(...tokenizer.bytes(id));

/** One way to write a number; marks may stand between its thousands if it is `grouped`. */
type Form = { readonly text: string; readonly grouped?: boolean };

/** How much of a text has been read as numbers of the source. */
type State = {
  /** Which numbers are left, by index. */
  readonly left: readonly number[];
  /** The number that is being written, how much of it has been, and whether a mark was the last. */
  readonly open?: { readonly form: Form; readonly at: number; readonly mark?: boolean };
  /** A mark came right after a number: another number would be taken for a part of it. */
  readonly joined?: boolean;
};

/** How far a token that must come next may be from the likeliest ones. */
const FAR = 256;
const MOST_NUMBERS = 24;

export type Numbers = {
  readonly source: string;
  /** A translation that has the numbers wrong: its hours are written in the way of its language. */
  readonly translation: string;
  readonly from?: string;
  readonly to?: string;
};

/**
 * Lets a translation have the source's numbers and no others: each as often as the source has it, begun ones finished, and no
 * end before all are there. Undefined if the source has none, or too many.
 */
export function numberGuard(numbers: Numbers, tokenizer: Tokenizer, { digits, marks }: DigitTokens): Guard | undefined {
  const forms = formsOf(numbers);
  if (forms.length === 0 || forms.length > MOST_NUMBERS) return undefined;
  const groups = numbers.to === undefined ? ",.' " : (numberMarks(numbers.to)?.group ?? '');
  return (tokens) => {
    const states = read([{ left: forms.map((_, i) => i) }], tokens.map((id) => asciiOf(tokenizer, id)).join(''));
    if (states.length === 0) return undefined;
    const open = states.every(isUnfinished);
    const complete = states.some((state) => !isUnfinished(state) && state.left.length === 0);
    const may = (id: number) => {
      const text = digits.get(id) ?? (open ? marks.get(id) : undefined);
      if (text !== undefined) return read(states, text).length > 0;
      return !open && (id !== tokenizer.eosId || complete);
    };
    return { may, refused: open ? FAR : digits.size + 1 };
  };

  function read(from: readonly State[], text: string): readonly State[] {
    let states = from;
    for (const char of text) {
      const next = new Map<string, State>();
      for (const state of states) for (const after of step(state, char)) next.set(JSON.stringify(after), after);
      states = [...next.values()];
      if (states.length === 0) return states;
    }
    return states;
  }

  function step({ left, open, joined }: State, char: string): State[] {
    if (open && isUnfinished({ left, open })) {
      const { form, at, mark } = open;
      if (form.text[at] === char) return [{ left, open: { form, at: at + 1 } }];
      const rest = /^\d*/.exec(form.text.slice(at))?.[0].length ?? 0;
      const between = form.grouped && !mark && rest > 0 && rest % 3 === 0 && groups.includes(char);
      return between ? [{ left, open: { form, at, mark: true } }] : [];
    }
    if (!/\d/.test(char)) return [open && /[.,:/]/.test(char) ? { left, joined: true } : { left }];
    if (open || joined) return [];
    return left.flatMap((index) =>
      forms[index]!.flatMap((form): State[] =>
        form.text[0] === char ? [{ left: left.filter((one) => one !== index), open: { form, at: 1 } }] : [],
      ),
    );
  }
}

const isUnfinished = ({ open }: State): boolean => open !== undefined && open.at < open.form.text.length;

/** The ways in which each number of a text may be written. */
function formsOf({ source, translation, from, to }: Numbers): Form[][] {
  const half = /(?<!\p{L})[ap]\.?m(?!\p{L})/iu.test(translation);
  return numbersIn(source).map(({ text, from: at }): Form[] => {
    const plain = plainNumber(text, from);
    if (plain !== undefined) {
      const written = inOtherForm(plain.replace('.', numberMarks(from)?.decimal ?? '.'), from, to);
      return [{ text: written, grouped: true }];
    }
    const [, hour, minutes] = /^([01]?\d|2[0-4])(?:[:.](\d\d))?$/.exec(text) ?? [];
    const clock =
      hour !== undefined && /^\s*(?:-|–|bis|Uhr|h(?!\p{L})|[ap]\.?m)/iu.test(source.slice(at + text.length));
    if (hour !== undefined && (clock || text.includes(':'))) {
      const hours = half && Number(hour) > 12 ? [halfDay(hour)] : [hour, String(Number(hour))];
      return [...new Set(hours)].flatMap((one) =>
        (minutes === undefined ? [one, `${one}:00`] : [`${one}:${minutes}`]).map((form) => ({ text: form })),
      );
    }
    const short = /^0\d$/.test(text) ? [{ text: String(Number(text)) }] : [];
    return [{ text, grouped: /^\d{5,}$/.test(text) }, ...short];
  });
}

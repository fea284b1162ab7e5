/** A number of a source as its translation writes it, and the sign of its currency. */
type Amount = { readonly number: string; readonly sign: string };

const SIGN = '[$€£¥]';
const SIGN_BEFORE = new RegExp(`(?<![\\p{L}\\d]|\\d )(${SIGN})[ \u00a0]?$`, 'u');
const SIGN_AFTER = new RegExp(`^[ \u00a0\u202f]?(${SIGN})(?![\\p{L}\\d{])`, 'u');

/** The sign of the currency beside the number that is from `from` to `to` in a text. */
export function signBeside(text: string, from: number, to: number): string | undefined {
  const before = SIGN_BEFORE.exec(text.slice(Math.max(0, from - 4), from));
  return (before ?? SIGN_AFTER.exec(text.slice(to, to + 4)))?.[1];
}

/** That an amount is said: signs, names and their abbreviations, within compounds too. */
const MONEY =
  /\p{Sc}|dollar|pfund|pound|(?<!\p{L})(?:euros?|cents?|yen|yuan|pence|penny|quid|bucks?|francs?|franken|kronen|rubel|rupien|usd|eur|gbp|jpy|cny|chf|cad|aud)(?!\p{L})/iu;

const MAGNITUDE = '(?: (?:Millionen|Million|Milliarden|Milliarde|Billionen|Tausend|Mio\\.|Mrd\\.|Tsd\\.))?';
const RANGE = '(?: ?[-–—/] ?| (?:bis|und|oder|to|and|or) )';
/** After a number, what says that it isn't an amount or that its sign belongs elsewhere. */
const NOT_AFTER = `(?![.,:/]?\\d|[\\p{L}\\d]|\\.\\p{L}|[-–]\\p{L}|[ \u00a0]?[%‰°]| Uhr| (?:[kcm]?m|k?g)(?!\\p{L})|${RANGE}\\d)`;

/** How languages write an amount. */
const FORMS: Readonly<Record<string, { readonly at: (number: string) => RegExp; readonly write: Write }>> = {
  de: {
    at: (number) => new RegExp(`(?<![\\p{L}\\d.,:/])${number}${NOT_AFTER}${MAGNITUDE}`, 'gu'),
    write: (number, sign) => `${number} ${sign}`,
  },
  en: {
    at: (number) =>
      new RegExp(`(?<![\\p{L}\\d.,:/]|\\d${RANGE})${number}(?![.,:/]?\\d|[ \u00a0]?[%‰°]|[-–]\\p{L}|\\p{L})`, 'gu'),
    write: (number, sign) => sign + number,
  },
};
type Write = (number: string, sign: string) => string;

/** A translation with the signs of currencies that it left out, and those in one piece again that stand within their number. */
export function withSigns(translation: string, amounts: readonly Amount[], language: string | undefined): string {
  const form = FORMS[language?.toLowerCase().split('-')[0] ?? ''];
  if (!form) return translation;
  const times = new Map<string, number>();
  for (const { number } of amounts) times.set(number, (times.get(number) ?? 0) + 1);
  const different = [...new Map(amounts.map((amount) => [amount.number + amount.sign, amount])).values()];
  const whole = different.reduce((text, amount) => mended(text, amount, form.write), translation);
  if (MONEY.test(whole)) return whole;
  return different.reduce((text, { number, sign }) => {
    if (times.get(number) !== 1) return text;
    const places = [...text.matchAll(form.at(escaped(number)))];
    const [place] = places;
    if (!place || places.length > 1) return text;
    return text.slice(0, place.index) + form.write(place[0], sign) + text.slice(place.index + place[0].length);
  }, whole);
}

/** `1.250 $.00` as `1.250,00 $`. */
function mended(text: string, { number, sign }: Amount, write: Write): string {
  const [, whole, fraction] = /^(.*\d)[.,](\d\d)$/.exec(number) ?? [];
  if (whole === undefined || fraction === undefined) return text;
  const torn = new RegExp(`(?<![\\d.,:/])${escaped(whole)} ?${escaped(sign)}[.,]${fraction}(?![.,]?\\d)`, 'gu');
  return text.replace(torn, () => write(number, sign));
}

const escaped = (text: string) => text.replace(/[.$]/g, '\\$&');

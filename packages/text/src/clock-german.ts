import { masked, type Rewritten } from './rewritten.ts';

const NUMBERS = 'eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf'.split(' ');
/** With umlauts as one character or two. */
const inEitherForm = (words: string) => words.replaceAll('ü', '(?:ü|u\u0308)').replaceAll('ö', '(?:ö|o\u0308)');
const HOUR = String.raw`(?<hour>ein(?= uhr)|${inEitherForm(NUMBERS.join('|'))}|\d{1,2})(?![\p{L}\d:]|[.,]\d)(?! (?:\p{L}*meter|Stunden?|Minuten|Tagen?|Wochen|Monaten?|Jahren?|Liter|Kilo|Prozent|Euro|Leuten?|Personen)(?!\p{L}))(?: uhr(?!\p{L}))?`;
/** 'halb neun', 'fünf vor halb neun', 'Viertel nach acht', 'dreiviertel acht' */
const PARTS = new RegExp(
  String.raw`(?<!\p{L}|(?:^|\s)(?:im|das|dem|des|ein|einem|diesem|jedem|[mds]einem|ihrem|unserem|eurem|letzten|ersten|zweiten|dritten) )(?:(?:(?<minutes>${inEitherForm('fünf')}|zehn|5|10) (?<way>vor|nach) )?(?<half>halb)|viertel (?<quarter>vor|nach)|(?<three>dreiviertel)) ${HOUR}`,
  'giu',
);
/** '8 Uhr 30' */
const MINUTES =
  /(?<![\d.,:])(?<hour>[01]?\d|2[0-4]) Uhr (?<minute>[0-5]\d)(?=$|\n|[.,;:!?)"“](?!\d)|\s?[-–—/]\s?(?:[01]?\d|2[0-4]) Uhr| (?:ab|am|an|auf|aus|bei|bis|da|ein|geht|gestern|heute|hier|im|in|los|mit|morgen|nach|oder|statt|und|von|vor|zu)(?!\p{L}))/gu;

/** Before 'Viertel nach', where it is a part of a town: 'das alte Viertel nach acht Uhr'. */
const DISTRICT =
  /(?<!\p{L})(?:[Ii]m|[Dd](?:as|em|es|iesem|ieses)|(?:[Ee]|[MmDdSsKk]e)in(?:em|es)?|[Ii]hr(?:em|es)?|[Uu]nser(?:em|es)?|[Ee]u(?:er|rem|res)|[Jj](?:en|ed)(?:em|es)|[Ww]elch(?:em|es)) (?:\p{Ll}+(?:e|en|es|er) )?$/u;

export function germanSpans(text: string): Rewritten[] {
  const parts = Array.from(text.matchAll(PARTS), ({ 0: found, index, groups = {} }) => {
    const { minutes, way, half, quarter } = groups;
    if (quarter !== undefined && DISTRICT.test(text.slice(Math.max(0, index - 40), index))) return undefined;
    const hour = /^\d/.test(groups.hour!)
      ? Number(groups.hour)
      : 1 + NUMBERS.findIndex((name) => name.startsWith(groups.hour!.normalize('NFC').toLowerCase()));
    if (hour < 1 || hour > 12) return undefined;
    const beside = minutes === undefined ? 0 : (/^[f5]/i.test(minutes) ? 5 : 10) * (/vor/i.test(way!) ? -1 : 1);
    const offset = half === undefined ? (quarter?.toLowerCase() === 'nach' ? 15 : -15) : beside - 30;
    const time = 60 * hour + offset;
    const written = `${Math.floor(time / 60) || 12}:${String(time % 60).padStart(2, '0')} Uhr`;
    return { from: index, to: index + found.length, text: written };
  }).filter((span) => span !== undefined);
  const exact = Array.from(masked(text, parts).matchAll(MINUTES), ({ 0: found, index, groups = {} }) => ({
    from: index,
    to: index + found.length,
    text: `${groups.hour}:${groups.minute} Uhr`,
  }));
  return [...parts, ...exact].sort((a, b) => a.from - b.from);
}

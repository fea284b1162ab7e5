import { calendarSpans } from './calendar-german.ts';
import { masked, type Rewritten } from './rewritten.ts';

const NUMBERS = 'eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf'.split(' ');
/** With umlauts as one character or two. */
const inEitherForm = (words: string) => words.replaceAll('ü', '(?:ü|u\u0308)').replaceAll('ö', '(?:ö|o\u0308)');
const HOUR = String.raw`(?<hour>ein(?= uhr)|${inEitherForm(NUMBERS.join('|'))}|\d{1,2})(?![\p{L}\d:]|[.,]\d)(?! (?:\p{L}*meter|Stunden?|Minuten|Tagen?|Wochen|Monaten?|Jahren?|Liter|Kilo|Prozent|Euro|Leuten?|Personen)(?!\p{L}))(?: uhr(?!\p{L}))?`;
/** Before minutes by themselves: 'um zehn nach sieben'. */
const AT = String.raw`(?<=(?:^|[^\p{L}])(?:um|ist|ists|war|bis|gegen|ab)(?: (?:etwa|circa|ca\.|genau|schon|erst|jetzt|gerade|kurz))? )`;
/** 'halb neun', 'fünf vor halb neun', 'Viertel nach acht', 'dreiviertel acht', 'um zehn nach sieben', 'um viertel acht' */
const PARTS = new RegExp(
  String.raw`(?<!\p{L}|(?:^|\s)(?:im|das|dem|des|ein|einem|diesem|jedem|[mds]einem|ihrem|unserem|eurem|letzten|ersten|zweiten|dritten) )(?:(?:(?<minutes>${inEitherForm('fünf')}|zehn|5|10) (?<way>vor|nach) )?(?<half>halb)|viertel (?<quarter>vor|nach)|(?<three>drei ?viertel)|${AT}(?<beside>${inEitherForm('fünfundzwanzig|fünf')}|zehn|zwanzig|5|10|20|25) (?<side>vor|nach)|${AT}(?<one>viertel)) ${HOUR}`,
  'giu',
);
/** '8 Uhr 30' */
const MINUTES =
  /(?<![\d.,:])(?<hour>[01]?\d|2[0-4]) Uhr (?<minute>[0-5]\d)(?=$|\n|[.,;:!?)"“](?!\d)|\s?[-–—/]\s?(?:[01]?\d|2[0-4]) Uhr| (?:ab|am|an|auf|aus|bei|bis|da|ein|geht|gestern|heute|hier|im|in|los|mit|morgen|nach|oder|statt|und|von|vor|zu)(?!\p{L}))/gu;

/** Before 'Viertel nach', where it is a part of a town: 'das alte Viertel nach acht Uhr'. */
const DISTRICT =
  /(?<!\p{L})(?:[Ii]m|[Dd](?:as|em|es|iesem|ieses)|(?:[Ee]|[MmDdSsKk]e)in(?:em|es)?|[Ii]hr(?:em|es)?|[Uu]nser(?:em|es)?|[Ee]u(?:er|rem|res)|[Jj](?:en|ed)(?:em|es)|[Ww]elch(?:em|es)) (?:\p{Ll}+(?:e|en|es|er) )?$/u;

/** After an hour that would then count something: 'fünf nach sieben langen Tagen'. */
const COUNTED = /^ (?:\p{Ll}{3,}en )?\p{Lu}/u;

/** Times of day of a German text as they are written in numbers, and its dates in words. */
export function germanSpans(text: string): Rewritten[] {
  const parts = Array.from(text.matchAll(PARTS), ({ 0: found, index, groups = {} }) => {
    const { half, quarter, three } = groups;
    if (quarter !== undefined && DISTRICT.test(text.slice(Math.max(0, index - 40), index))) return undefined;
    const usual = half ?? quarter ?? (three?.includes(' ') ? undefined : three);
    const end = index + found.length;
    if (usual === undefined && !/uhr$/i.test(found) && COUNTED.test(text.slice(end, end + 40))) return undefined;
    const hour = /^\d/.test(groups.hour!)
      ? Number(groups.hour)
      : 1 + NUMBERS.findIndex((name) => name.startsWith(groups.hour!.normalize('NFC').toLowerCase()));
    if (hour < 1 || hour > 12) return undefined;
    const time = 60 * hour + offsetOf(groups);
    const written = `${Math.floor(time / 60) % 12 || 12}:${String(time % 60).padStart(2, '0')} Uhr`;
    return { from: index, to: end, text: written };
  }).filter((span) => span !== undefined);
  const rest = masked(text, parts);
  const exact = Array.from(rest.matchAll(MINUTES), ({ 0: found, index, groups = {} }) => ({
    from: index,
    to: index + found.length,
    text: `${groups.hour}:${groups.minute} Uhr`,
  }));
  return [...parts, ...exact, ...calendarSpans(rest)].sort((a, b) => a.from - b.from);
}

/** The minutes from the hour that is named to the time that is meant. */
function offsetOf(groups: Readonly<Record<string, string | undefined>>): number {
  const { minutes, way, half, quarter, three, beside, side } = groups;
  if (half !== undefined) return minutesBeside(minutes, way) - 30;
  if (beside !== undefined) return minutesBeside(beside, side);
  if (quarter !== undefined) return quarter.toLowerCase() === 'nach' ? 15 : -15;
  return three === undefined ? -45 : -15;
}

/** Minutes before or after an hour, 0 if there are none. */
function minutesBeside(minutes = '0', way = 'nach'): number {
  const known = Number(minutes);
  const words = minutes.normalize('NFC').toLowerCase();
  const value = Number.isNaN(known) ? ({ fünf: 5, zehn: 10, zwanzig: 20 }[words] ?? 25) : known;
  return /vor/i.test(way) ? -value : value;
}

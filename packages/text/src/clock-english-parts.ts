import { atHalf, type Hour, NO_NOUN, numberOf, WORD } from './clock-english-number.ts';

/** Words before 'a quarter to five' that make it an amount; 'by quarter to five' is none. */
const AMOUNT = String.raw`\b(?:(?<!\b(?:here|there|back|home|ready|done|finished) )by(?= an? )|from|of|fell|falls?|fallen|rose|rises?|risen|dropped|drops?|grew|grows?|cut|cuts|raised?|paid|pays?|gave|gives?|lost|loses?|costs?|owes?)`;
const IT_IS = "it(?:['’]s| is)";
const NEARLY = 'exactly|nearly|almost|already|just';
/** Before 'at ten to one', which is an amount then. */
const GUESSED = String.raw`\b(?:odds|won|wins?|lost|priced|ratio|sold|set|fixed|mixed|estimated|valued|put|kept|stands?|stood|scores?|votes?|count|jury|tally|tied) (?:it |are |is |was )?`;
/** Before an hour, whatever the numbers are: 'at ten to six'. */
const BEFORE_TIME = String.raw`\b(?:${IT_IS}|at|until|till|(?:${IT_IS}|it was|at|until|till) (?:${NEARLY})|(?<!${GUESSED})at (?:about|around)|(?:here|there|back|home|ready|done|finished) by)`;
const DOES =
  'leaves?|left|starts?|started|begins?|began|ends?|ended|arrives?|arrived|departs?|departed|met|meet|came|comes?';
const BEFORE_DIGITS = String.raw`\b(?:(?:${DOES}) at|(?:${IT_IS}|it was) (?:${NEARLY})|at (?:${NEARLY}))`;
/** Before what may also be an amount: 'about ten to six' is none, 'about five to ten' is. */
const MAYBE = String.raw`(?<!\b(?:works?|worked|working|open|opened|from|of|runs?) )\b(?:about|around)`;
const MAYBE_DIGITS = String.raw`\b(?:${IT_IS}|(?<!${GUESSED}|\bopen(?:ed)? )at)`;
const BEFORE_HALF = String.raw`\b(?:at|by|until|till|from|to|around|about|${IT_IS}|${IT_IS} (?:${NEARLY}|about|around))`;
const MINUTE_WORDS = 'five|ten|twenty-five|twenty';
const MINUTE_DIGITS = '5|10|20|25';
/** 'half past 5', 'a quarter to six', 'at ten to six', 'at half six': other languages count some of these from the other hour. */
const PARTS = new RegExp(
  String.raw`(?<!\p{L})(?:${[
    '(?<part>half|(?:a )?quarter) past',
    `(?<!${AMOUNT} (?:an? )?)(?<quarter>(?:a )?quarter) to`,
    `(?<=${BEFORE_TIME} )(?<minutes>${MINUTE_WORDS}) (?<way>past|to)`,
    String.raw`(?<=\b(?:around|about|by|nearly|almost|exactly) )(?<wordsPast>${MINUTE_WORDS}) past`,
    `(?<=${MAYBE} )(?<maybe>${MINUTE_WORDS}) to`,
    String.raw`(?<![\d.,:/$£€–-])(?<digitsPast>${MINUTE_DIGITS}) past`,
    `(?<=${BEFORE_DIGITS} )(?<digits>${MINUTE_DIGITS}) to`,
    `(?<=${MAYBE_DIGITS} )(?<maybeDigits>${MINUTE_DIGITS}) to`,
    String.raw`(?<=${BEFORE_HALF} )(?<later>half)(?!(?<=\b(?:from|to) half) one\b)(?! one,? (?:and |but )?half (?!${WORD}|\d))`,
  ].join(
    '|',
  )}) (?<hour>${WORD}|\d{1,2})(?!(?![ap]m\b)[\p{L}\d:]|[.,]\d)(?! in (?:their|our|his|her|its|my|your) favou?r)(?:(?<=[a-z] past \S+)|${NO_NOUN})(?: o['’]clock)?(?:\s?(?<half>[ap])(?:\.\s?m\b\.?|m\b))?`,
  'giu',
);
const MINUTES: Readonly<Record<string, number>> = { five: 5, ten: 10, twenty: 20, 'twenty-five': 25 };

/** The hours such as 'half past five', 'at ten to six', 'by quarter to 3', in order. */
export const partHours = (text: string): Hour[] =>
  Array.from(text.matchAll(PARTS), partOfHour).filter((hour) => hour !== undefined);

function partOfHour({ 0: found, index, groups = {} }: RegExpExecArray): Hour | undefined {
  const { part, quarter, way, later, maybe, maybeDigits, half } = groups;
  const said = groups.minutes ?? groups.wordsPast ?? maybe ?? groups.digitsPast ?? groups.digits ?? maybeDigits;
  const isHalf = later !== undefined || /half/i.test(part ?? '');
  const past = said ? (MINUTES[said.toLowerCase()] ?? Number(said)) : isHalf ? 30 : 15;
  const isBefore = (quarter ?? maybe ?? groups.digits ?? maybeDigits) !== undefined || way?.toLowerCase() === 'to';
  const hour = numberOf(groups.hour);
  if (hour < 1 || hour > 12) return undefined;
  if ((maybe ?? maybeDigits) !== undefined && (past <= hour || hour === 1)) return undefined; // an amount, or odds
  const minutes = (60 * hour + (isBefore ? -past : past)) % 720;
  const isMarked = half !== undefined;
  return {
    from: index,
    to: index + found.length,
    minutes: isMarked ? atHalf(minutes, half) : minutes,
    isSure: isMarked,
    isMarked,
  };
}

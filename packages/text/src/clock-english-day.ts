import { type Hour, minutesOf, TIME } from './clock-english-number.ts';

/** '11 at night', "5 o'clock in the afternoon"; not 'take one in the morning and two at night'. */
const DAY_PART = new RegExp(
  String.raw`(?<![\p{L}\d.,:/$£€-])(?:(?<=(?<!\p{L})(?:at|until|till|by|after|before|from|(?:morning|afternoon|evening|noon|m\.?) to) )(?<at>${TIME})|(?<clock>${TIME})(?<=o['’]clock)) (?:in the (?<afternoon>afternoon)|at night)(?!\p{L}|-| (?:of|clubs?|schools?|shifts?|class(?:es)?|trains?|buses|time)(?!\p{L}))`,
  'giu',
);

/** The hours that a part of the day tells apart: '11 at night' is 23:00, '2 at night' 2:00, '5 in the afternoon' 17:00. */
export function dayPartHours(text: string): Hour[] {
  return Array.from(text.matchAll(DAY_PART), ({ 0: found, index, groups = {} }) => {
    const minutes = minutesOf(groups.at ?? groups.clock ?? '');
    const isAfternoon = groups.afternoon !== undefined;
    if (minutes === undefined || (isAfternoon && minutes >= 480)) return undefined;
    const isLate = isAfternoon || minutes >= 360;
    const place = { from: index, to: index + found.length };
    return { ...place, minutes: minutes + (isLate ? 720 : 0), isSure: true, isMarked: true };
  }).filter((hour) => hour !== undefined);
}

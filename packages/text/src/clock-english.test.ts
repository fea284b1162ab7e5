import { expect, it } from 'vitest';
import { clockSpans } from './clock.ts';

const inGerman = (text: string) =>
  clockSpans(text, 'en', 'de').reduceRight(
    (rest, { from, to, text }) => rest.slice(0, from) + text + rest.slice(to),
    text,
  );

it.each([
  ["It's 10 past 6, and he met us at 20 past 12 p.m. today", "It's 6:10, and he met us at 12:20 today"],
  ['The bus leaves at 10 to 8, the next starts at 5 to 10.', 'The bus leaves at 7:50, the next starts at 9:55.'],
  ["It's 20 to 9. It's nearly ten to five. It's nearly 5 to 10.", "It's 8:40. It's nearly 4:50. It's nearly 9:55."],
  ['Be here around ten to six or be back by ten to six.', 'Be here around 5:50 or be back by 5:50.'],
  ['It was about twenty to nine when she called.', 'It was about 8:40 when she called.'],
  ['by quarter to 3, there by a quarter to 8, by ten past six', 'by 2:45, there by 7:45, by 6:10'],
  ['At half six on Monday or at half 7? It’s about half ten.', 'At 6:30 on Monday or at 7:30? It’s about 10:30.'],
  ['From half nine to half eleven or from half six to 9 p.m.', 'From 9:30 to 11:30 or from 18:30 to 21:00.'],
  ['at half seven p.m. sharp', 'at 19:30 sharp'],
  ['May 3, 5-7 p.m. May 3, 5–7 p.m. in May', "May 3, 17 to 19 o'clock May 3, 17 to 19 o'clock in May"],
  ['On May 3rd, 5–7 p.m. and 3 May 5-7pm in Rome', "On May 3rd, 17 to 19 o'clock and 3 May 17 to 19 o'clock in Rome"],
  ['Study group 5-7 pm, Gate 5, 5-7 pm', "Study group 17 to 19 o'clock, Gate 5, 17 to 19 o'clock"],
  ['Yoga class 3 to 5 p.m. in May', "Yoga class 15 to 17 o'clock in May"],
  ['May 12 2-5pm, May 12th 5 p.m. too', "May 12, 14 to 17 o'clock, May 12th, 17:00 too"],
  [
    'On May 3, 4 and 5 p.m. or May 3-5 p.m. or May 3 to 5 p.m. too',
    'On May 3, 4 and 17:00 or May 3-17:00 or May 3 to 17:00 too',
  ],
  ['rooms 1, 2 and 3 p.m. are, May 3, 5, 7 p.m. too', 'rooms 1, 2 and 15:00 are, May 3, 5, 19:00 too'],
  ['From noon to 5 p.m. and open 9 a.m. to noon.', "From 12 to 17 o'clock and open 9 to 12 o'clock."],
  ['9am-noon, 12 noon to 5 p.m. today', "9 to 12 o'clock, 12 to 17 o'clock today"],
  ['from 6 p.m. to midnight or from midnight to 5 a.m. now', "from 18 to 24 o'clock or from 0:00 to 5:00 now"],
  ['10 p.m. – Midnight in Paris', '22:00 – Midnight in Paris'],
  ['between noon and 5 p.m. or at noon - 1 p.m. now', 'between noon and 17:00 or at noon - 13:00 now'],
  ['Hours: noon - 5 p.m. and noon-5 p.m. now', "Hours: 12 to 17 o'clock and 12 to 17 o'clock now"],
  ['We moved our 3 p.m. to noon', 'We moved our 15:00 to noon'],
  ["He called at 11 at night or 8 o'clock at night.", 'He called at 23:00 or 20:00.'],
  ["at 12 at night, until 2:30 at night, 5 o'clock in the afternoon", 'at 0:00, until 2:30, 17:00'],
  ['from 2 in the afternoon to 10 at night', "from 14 to 22 o'clock"],
  ['9AM - 5PM', "9 TO 17 O'CLOCK"],
  ['NO ENTRY AFTER 10 P.M.', 'NO ENTRY AFTER 22:00.'],
  ['OPEN 9 A.M. TO 5 P.M.', "OPEN 9 TO 17 O'CLOCK"],
  ['COME AND SEE US AT 9 P.M. THEN', 'COME AND SEE US AT 21:00 THEN'],
  ['Opening hours: Mon-Fri 9 a.m. – 5 p.m.', "Opening hours: Mon-Fri 9 to 17 o'clock"],
  ['He said: we meet at 5 p.m.', 'He said: we meet at 17:00.'],
])('%s', (text, expected) => expect(inGerman(text)).toBe(expected));

it.each([
  ...[
    'open from 10 to 8',
    'from 10 to 8 people',
    '10 to 12 weeks',
    'lost at 10 to 8.',
    'at 20 to 1.',
    'It is 5 to 10.',
  ],
  ...["It's 10 to 5 for them", 'We won by ten to six.', 'There were about five to ten.', 'I work about ten to six.'],
  ...['around ten to twelve.', 'at 5 to 10 km/h', 'the last 10 past 5 kings', 'by a quarter to 8 on Monday'],
  ...[
    "half one's money",
    'at half six feet',
    'The vote stood at 20 to 12.',
    'It is 25 to 5 in their favour.',
    'from half one to full',
    "It's half five-year-olds",
    "It's half one, half the other",
    'He had half six.',
  ],
  ...['to half 13', 'at half 7.5', 'By noon we left', 'from noon to midnight', 'one in the morning and two at night'],
  ...['It drops to 5 at night', 'up at 4 in the morning.', 'at 9 in the afternoon', 'at 5 in the afternoon of May 3'],
  ...['until 3 at night clubs', 'Set it at about five to ten.', 'The odds are at 20 to 3.'],
  ...['at 13 at night', "15 o'clock at night"],
])('%s stays', (text) => expect(inGerman(text)).toBe(text));

it.each(['at half ', 'about ten to ', "it's nearly ", 'noon to ', 'at 1 at ', '10 past ', 'May 12 '])(
  'reads %s again and again in no time',
  (part) => expect(clockSpans(part.repeat(10_000), 'en', 'de')).toEqual([]),
);

it('finds many ranges to noon in no time', () =>
  expect(clockSpans('from noon to 5 p.m. '.repeat(10_000), 'en', 'de')).toHaveLength(10_000));

import { expect, it } from 'vitest';
import { clockSpans } from './clock.ts';

const inGerman = (text: string, to = 'de') =>
  clockSpans(text, 'en', to).reduceRight(
    (rest, { from, to, text }) => rest.slice(0, from) + text + rest.slice(to),
    text,
  );

it.each([
  ['At 3:30 p.m. on Friday', 'At 15:30 on Friday'],
  ['We meet at 5 p.m.', 'We meet at 17:00.'],
  ['5 p.m.', '17:00'],
  ['It opens at 8am and closes at 6.30PM!', "It opens at 8 o'clock and closes at 18:30!"],
  ['12 a.m., 12 p.m. and 12:15 a.m. are times.', "0:00, 12 o'clock and 0:15 are times."],
  ['from 3 to 5 p.m. today', "from 15 to 17 o'clock today"],
  [
    'Gym 3–5 pm, Monday 3–5 pm, Open 9-5pm, Fri 2-3 pm',
    "Gym 15 to 17 o'clock, Monday 15 to 17 o'clock, Open 9 to 17 o'clock, Fri 14 to 15 o'clock",
  ],
  ['9–5 pm, 11-12 pm, 11 to 1 p.m. and more', "9 to 17 o'clock, 11 to 12 o'clock, 11 to 13 o'clock and more"],
  ['the 10 A. M. train', "the 10 o'clock train"],
  ['Friday, May 3 – 5 p.m.', 'Friday, May 3 – 17:00.'],
  ['Day 1 – 9 a.m.: Arrival, room 2 - 3 p.m.', "Day 1 – 9 o'clock: Arrival, room 2 - 15:00."],
  ['It closes at 5 p.m. Customers leave.', 'It closes at 17:00. Customers leave.'],
  ['At 5 p.m. Monday or 6 p.m. CET we meet', 'At 17:00 Monday or 18:00 CET we meet'],
  ['He said, “Come at 5 p.m.”', 'He said, “Come at 17:00.”'],
  ['MEET ME AT 7 A.M. AT THE STATION', "MEET ME AT 7 O'CLOCK AT THE STATION"],
  ["It's half past eight, not ten to one or twenty past five", "It's 8:30, not ten to one or twenty past five"],
  ["It's twenty-five past five. We left at a quarter to ten.", "It's 5:25. We left at 9:45."],
  ['At half past 5 or a quarter to 1 or quarter past 12', 'At 5:30 or 12:45 or 12:15'],
  ["New Year's Eve, December 31 - 9 p.m.", "New Year's Eve, December 31 - 21:00."],
  ['on December 24 – 5 p.m. at the church', 'on December 24 – 17:00 at the church'],
  ['He arrived at half past 8 p.m. and slept', 'He arrived at 20:30 and slept'],
  ["It's half past twelve a.m. or a quarter to one a.m.", "It's 0:30 or 0:45."],
  ['from half past 9 to 5 p.m. on Monday', 'from 9:30 to 17:00 on Monday'],
  [
    'The meeting is on 2024-05-03 – 5 p.m. or 12/5 – 6 p.m. here',
    'The meeting is on 2024-05-03 – 17:00 or 12/5 – 18:00 here',
  ],
  ['Score: 3-2 and 5 p.m. was the end', 'Score: 3-2 and 17:00 was the end'],
  [
    'open from 10 to 2 a.m. and between 11 and 4 a.m. too',
    "open from 22 to 2 o'clock and between 23:00 and 4 o'clock too",
  ],
  ['at 1, 2 or 3 p.m. or 11, 12, or 1 p.m. then', "at 13:00, 14:00 or 15:00 or 11 o'clock, 12 o'clock, or 13:00 then"],
  ['3:30 to 3:45 p.m. today', '15:30 to 15:45 today'],
  ['up at six a.m. and to bed at eleven p.m. again', "up at 6 o'clock and to bed at 23:00 again"],
  [
    "It is 5 o'clock p.m. now, and five to seven p.m. is rush hour",
    "It is 17:00 now, and 17 to 19 o'clock is rush hour",
  ],
  ['Open every day 3 to 5 p.m. in May', "Open every day 15 to 17 o'clock in May"],
  ['Session 1 – 9 a.m. and rooms 1 and 3 p.m. are', "Session 1 – 9 o'clock and rooms 1 and 15:00 are"],
  [
    'between 3 & 5 p.m., 3 through 5 p.m. and 2, 5, 8 p.m. too',
    "between 15:00 & 17:00, 15 to 17 o'clock and 14:00, 17:00, 20:00 too",
  ],
  ['At half past 8pm or a quarter to 3pm', 'At 20:30 or 14:45'],
  ['At 5 p.m. John left. He came at 6 p.m. Mary too.', 'At 17:00, John left. He came at 18:00. Mary too.'],
  ['It is at 3 p.m. Tokyo time.', 'It is at 15:00 Tokyo time.'],
  ['at half past\u00a0five or half\u00a0past 8 p.m. now', 'at 17:30 or 20:30 now'],
  [
    'at 5, 6, and 7 p.m. or 9:15, 10:15, and 11:15 p.m. now',
    'at 17:00, 18:00, and 19:00 or 21:15, 22:15, and 23:15 now',
  ],
  ["at half past 5 o'clock p.m. today", 'at 17:30 today'],
  ['Pier 3, 5 p.m. and only one, 5 p.m. today', 'Pier 3, 17:00 and only one, 17:00 today'],
  ['Round 2 – 3 p.m. on Sunday', 'Round 2 – 15:00 on Sunday'],
  [
    'open 6–10 a.m. and from 7 a.m. to 5 p.m. (9 a.m. – 12 p.m.)',
    "open 6 to 10 o'clock and from 7 to 17 o'clock (9 to 12 o'clock)",
  ],
  ['from half past 3 to 5 p.m. and half past 5 to half past 6 p.m.', 'from 15:30 to 17:00 and 17:30 to 18:30'],
  [
    'between a quarter to 3 and 4 p.m. or at half past 3 or 4 p.m. now',
    'between 14:45 and 16:00 or at 15:30 or 16:00 now',
  ],
  ['open 9-12 a.m. or 3 to 12 a.m. today', "open 9 to 12 o'clock or 15:00 to 0:00 today"],
  ['Tomorrow at 5 p.m. John will arrive.', 'Tomorrow at 17:00, John will arrive.'],
  [
    'On Friday, May 3rd at 7 p.m. Anna sang. He left at 8 p.m. Ben too.',
    'On Friday, May 3rd at 19:00, Anna sang. He left at 20:00. Ben too.',
  ],
  ['We took the 5 p.m. Lufthansa flight.', 'We took the 17:00 Lufthansa flight.'],
  ['The kids are 3 and 5 p.m. is late', 'The kids are 3 and 17:00 is late'],
  ["It's quarter to eight now; I rise at ten to seven each day", "It's 7:45 now; I rise at 6:50 each day"],
  ['from 9 a.m. to 5 p.m.', "from 9 to 17 o'clock"],
  ['from half past twelve to half past one', 'from 12:30 to 1:30'],
  ['open 7 a.m. - 9 a.m. - 10:30 a.m. today', 'open 7:00 - 9:00 - 10:30 today'],
  ['at 5 p.m. — 6 p.m. on Sundays, at 5 p.m. - 6 p.m. too', 'at 17:00 — 18:00 on Sundays, at 17:00 - 18:00 too'],
  ['We moved our 3 p.m. to 5 p.m. again', 'We moved our 15:00 to 17:00 again'],
  ['OPEN FROM 9 A.M. TO 5 P.M. DAILY', "OPEN FROM 9 TO 17 O'CLOCK DAILY"],
  ['Saturday, 4 May 7 p.m. and doors 7:30 pm, class 5 pm', 'Saturday, 4 May 19:00 and doors 19:30, class 17:00'],
  ['It is already a quarter to six. "A quarter to six," he said.', 'It is already 5:45. "5:45," he said.'],
  ['up at half past six and 8 p.m. is my bedtime', 'up at 6:30 and 20:00 is my bedtime'],
  ['The show times are 3 and 5 p.m. on Sundays', 'The show times are 15:00 and 17:00 on Sundays'],
  ['from 5 to 12 a.m. and at 11 and 12 a.m. too', 'from 17:00 to 0:00 and at 23:00 and 0:00 too'],
  ['"At 5 p.m. Ann left. Shortly after 6 p.m. Ben left.', '"At 17:00, Ann left. Shortly after 18:00, Ben left.'],
  ['Our weekly 3 p.m. Teams meeting is off.', 'Our weekly 15:00 Teams meeting is off.'],
  ['It is ten to six, and it closes at five past eight on Sundays', 'It is 5:50, and it closes at 8:05 on Sundays'],
])('%s', (text, expected) => expect(inGerman(text)).toBe(expected));

it.each([
  ...['I am 13 p.m.', 'It is 5 minutes', '2 ambulances', '1.75 pm', 'at 0:15 a.m.', '$3 pm', '5 p', 'half to 5'],
  ...[
    'It costs 5 p. more',
    'Apartment 5 A. Mary lives',
    'ten to six people',
    'half past 5.5',
    'half past thirteen',
    'at six forty-five p.m. sharp',
    'seven oh five p.m. or so',
  ],
  ...['about five to ten minutes', 'after five to ten days', 'around ten to twelve people', 'It is ten to one that'],
  ...[
    'We won by five to two.',
    "It's five to two for them",
    'from a quarter to one-third',
    'In group 2 am I right?',
    'fell by a quarter to 8 on Monday',
    'fell by a quarter to 5 million',
    'a quarter to 5 people',
    'at 5/6 pm',
    'On July 4 PM Johnson spoke, on Jan. 5 PM May',
    'in apartment 5 A. M. Miller lives',
    'Sales fell a quarter to 5.',
    'He paid a quarter to one and a dime to the other',
    'the ten am stations',
  ],
])('%s stays', (text) => expect(inGerman(text)).toBe(text));

it.each([
  ['Es ist halb neun.', 'Es ist 8:30 Uhr.'],
  ['Um halb eins oder halb 5 Uhr', 'Um 12:30 Uhr oder 4:30 Uhr'],
  [
    'Viertel vor drei, viertel nach 8 Uhr, dreiviertel acht, Viertel vor eins',
    '2:45 Uhr, 8:15 Uhr, 7:45 Uhr, 12:45 Uhr',
  ],
  ['um fünf vor halb neun, zehn nach halb ein Uhr', 'um 8:25 Uhr, 12:40 Uhr'],
  ['um 0 Uhr 30 oder 18 Uhr 05. Um 8 Uhr 30 Leute', 'um 0:30 Uhr oder 18:05 Uhr. Um 8 Uhr 30 Leute'],
  ['um halb\u00a0neun, halb zwo\u0308lf und halb fu\u0308nf', 'um 8:30 Uhr, 11:30 Uhr und 4:30 Uhr'],
  ['Es ist 5 vor halb 9 oder 10 nach halb 3.', 'Es ist 8:25 Uhr oder 2:40 Uhr.'],
  [
    'von 8 Uhr 30 – 12 Uhr 30, um 8 Uhr 30/9 Uhr 30 am Bahnhof',
    'von 8:30 Uhr – 12:30 Uhr, um 8:30 Uhr/9:30 Uhr am Bahnhof',
  ],
  ['In unserem Viertel vor drei Häusern', 'In unserem Viertel vor drei Häusern'],
  ...[
    'Das alte Viertel nach acht Uhr ist leer.',
    'Wir haben unser Viertel nach zwei Einbrüchen verlassen.',
    'In jenem Viertel nach zwei Kriegen, sie hat ihr Viertel nach drei',
  ].map((text) => [text, text]),
  [
    'Viertel nach acht. Heute Viertel vor neun oder kurz vor Viertel nach zehn, Montag viertel vor elf',
    '8:15 Uhr. Heute 8:45 Uhr oder kurz vor 10:15 Uhr, Montag 10:45 Uhr',
  ],
  [
    '„Viertel nach acht“, auf Viertel nach sechs, beginnt Viertel vor elf',
    '„8:15 Uhr“, auf 6:15 Uhr, beginnt 10:45 Uhr',
  ],
  [
    'um zehn nach sieben. Es ist zwanzig nach drei, um fünf nach zwölf, um 5 nach 7',
    'um 7:10 Uhr. Es ist 3:20 Uhr, um 12:05 Uhr, um 7:05 Uhr',
  ],
  ['Es ist schon fünf vor zwölf. Gegen zwanzig vor sechs', 'Es ist schon 11:55 Uhr. Gegen 5:40 Uhr'],
  ['Bis fünfundzwanzig nach eins, um zehn vor ein Uhr los', 'Bis 1:25 Uhr, um 12:50 Uhr los'],
  ['um drei viertel acht, um viertel acht, ab viertel eins', 'um 7:45 Uhr, um 7:15 Uhr, ab 12:15 Uhr'],
  ...[
    'Der Zug fährt um zehn nach Berlin.',
    'Es ist 5 nach 7 Tagen, um fünf nach sieben langen Tagen.',
    'Er kam fünf nach zwölf Spielen, um 10 nach 3 Bier.',
    'um 20 vor 14, um drei Viertel 8 Kilo, um ein Viertel acht',
    'drei viertel acht Kinder, das viertel acht',
  ].map((text) => [text, text]),
  ['um halb 8 Uhr 15 kamen sie', 'um 7:30 Uhr 15 kamen sie'],
  [
    'Ab 18 Uhr 50 % Rabatt, um 14 Uhr 28 °C, ab 20 Uhr 10 neue',
    'Ab 18 Uhr 50 % Rabatt, um 14 Uhr 28 °C, ab 20 Uhr 10 neue',
  ],
  ['Im Viertel vor fünf Jahren, ein Viertel vor drei', 'Im Viertel vor fünf Jahren, ein Viertel vor drei'],
  ['halb drei Kilometer, ein Viertel, um halb neun Fußball', 'halb drei Kilometer, ein Viertel, um 8:30 Uhr Fußball'],
  ['halb so viel, halb acht-, halb 13, halb zehnter', 'halb so viel, 7:30 Uhr-, halb 13, halb zehnter'],
])('%s', (text, expected) => {
  const spans = clockSpans(text, 'de', 'en');
  expect(spans.reduceRight((rest, { from, to, text }) => rest.slice(0, from) + text + rest.slice(to), text)).toBe(
    expected,
  );
});

it('of English is only for languages that count the hours to 24', () => {
  expect(inGerman('5 p.m. now', 'fr-FR')).toBe('17:00 now');
  for (const to of ['en-US', 'not a language']) expect(inGerman('5 p.m. now', to)).toBe('5 p.m. now');
  expect(clockSpans('5 p.m.', 'fr', 'de')).toEqual([]);
  expect(clockSpans('5 p.m.', undefined, 'de')).toEqual([]);
});

it.each(['1, ', 'one, ', '1 to ', 'a quarter to ', 'halb ', 'um zehn nach '])(
  'reads %s again and again in no time',
  (part) => {
    const text = part.repeat(20_000);
    expect([clockSpans(text, 'en', 'de'), clockSpans(text, 'de', 'en')]).toEqual([[], []]);
  },
);

import { integer, item, randomFrom } from './random.mjs';

const two = (value) => String(value).padStart(2, '0');
const grouped = (value, mark) => String(value).replace(/\B(?=(\d{3})+$)/g, mark);
const ending = (value) => (/1[1-3]$/.test(value) ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[value % 10] ?? 'th'));

/** What fills a slot: German and English. */
function makers(lists, random) {
  const both = (text) => [text, text];
  const people = () => lists.people[random() < 0.5 ? 'w' : 'm'];
  const date = () => [integer(random, 1, 31), item(random, lists.months)];
  const decimal = (digits) =>
    `${integer(random, 1, 99)}.${String(integer(random, 0, 10 ** digits - 1)).padStart(digits, '0')}`;
  const german = (text) => text.replace('.', ',');
  const measured = (units) => {
    const [de, en] = item(random, units);
    const value = random() < 0.7 ? String(integer(random, 2, 999)) : decimal(1);
    return [`${german(value)} ${de}`, `${value} ${en}`];
  };
  const makers = {
    time: () => both(`${integer(random, 0, 23)}:${two(integer(random, 0, 59))}`),
    hour() {
      const hour = integer(random, 2, 23);
      return [String(hour), hour <= 12 ? `${hour} o'clock` : `${hour}:00`];
    },
    date() {
      const [day, [de, en]] = date();
      const year = integer(random, 1700, 2035);
      return [`${day}. ${de} ${year}`, `${en} ${day}, ${year}`];
    },
    day() {
      const [day, [de, en]] = date();
      return [`${day}. ${de}`, `${en} ${day}`];
    },
    weekday: () => item(random, lists.weekdays),
    month: () => item(random, lists.months),
    year: () => both(String(integer(random, 1500, 2035))),
    small: () => both(String(integer(random, 2, 99))),
    page: () => both(String(integer(random, 2, 999))),
    zip: () => both(String(integer(random, 10000, 99999))),
    phone: () => both(`0${integer(random, 30, 999)} ${integer(random, 10000, 9999999)}`),
    version: () => both(Array.from({ length: integer(random, 2, 3) }, () => integer(random, 0, 20)).join('.')),
    flight: () => both(`${item(random, ['LH', 'BA', 'AF', 'KL', 'OS', 'LX'])}${integer(random, 100, 9999)}`),
    amount() {
      const [symbol, singular, plural] = item(random, [
        ['€', 'Euro', 'euros'],
        ['€', 'Euro', 'euros'],
        ['$', 'Dollar', 'dollars'],
      ]);
      const kind = random();
      if (kind < 0.35) {
        const value = integer(random, 2, 999);
        return [`${value} ${singular}`, `${value} ${plural}`];
      }
      const value = decimal(2);
      if (kind < 0.7) return [`${german(value)} ${singular}`, `${value} ${plural}`];
      if (kind < 0.85) return [`${german(value)} ${symbol}`, `${symbol}${value}`];
      const large = integer(random, 1000, 99999);
      return [`${grouped(large, '.')} ${singular}`, `${grouped(large, ',')} ${plural}`];
    },
    big() {
      const kind = random();
      if (kind < 0.4) {
        const value = integer(random, 2, 900);
        return [`${value} Millionen`, `${value} million`];
      }
      if (kind < 0.6) {
        const value = decimal(1);
        const [de, en] = item(random, [
          ['Millionen', 'million'],
          ['Milliarden', 'billion'],
        ]);
        return [`${german(value)} ${de}`, `${value} ${en}`];
      }
      const value = integer(random, 1000, 999999);
      return [grouped(value, '.'), grouped(value, ',')];
    },
    percent() {
      const value = random() < 0.6 ? String(integer(random, 2, 100)) : decimal(1);
      return random() < 0.6 ? [`${german(value)} Prozent`, `${value} percent`] : [`${german(value)} %`, `${value}%`];
    },
    distance: () =>
      measured([
        ['Kilometer', 'kilometers'],
        ['Meter', 'meters'],
        ['km', 'km'],
        ['m', 'm'],
      ]),
    length: () =>
      measured([
        ['Meter', 'meters'],
        ['Zentimeter', 'centimeters'],
        ['m', 'm'],
        ['cm', 'cm'],
      ]),
    mass: () =>
      measured([
        ['Kilogramm', 'kilograms'],
        ['Gramm', 'grams'],
        ['Kilo', 'kilos'],
        ['kg', 'kg'],
      ]),
    ordinal: () => both(String(integer(random, 2, 99))),
    name: () => both(item(random, people())),
    surname: () => both(item(random, lists.surnames)),
    full: () => both(`${item(random, people())} ${item(random, lists.surnames)}`),
    place: () => item(random, lists.places),
    country: () => item(random, lists.countries),
  };
  return makers;
}

/** Each frame `times` times, with its slots filled at random: {amount}, and {amount2} for a second one of the same kind. */
export function fillFrames(frames, lists, times) {
  const random = randomFrom(7);
  const make = makers(lists, random);
  return frames.flatMap(([de, en]) =>
    Array.from({ length: /\{/.test(de) ? times : 1 }, () => {
      const filled = new Map();
      for (const [, name] of de.matchAll(/\{(\w+)\}/g)) {
        if (name !== 'sum' && !filled.has(name)) filled.set(name, make[name.replace(/2$/, '')]());
      }
      if (filled.has('small2')) {
        const sum = String(Number(filled.get('small')[0]) + Number(filled.get('small2')[0]));
        filled.set('sum', [sum, sum]);
      }
      const fill = (text, side) =>
        text
          .replace(/\{(\w+):th\}/g, (_, name) => filled.get(name)[side] + ending(filled.get(name)[side]))
          .replace(/\{(\w+)\}/g, (_, name) => filled.get(name)[side]);
      return [fill(de, 0), fill(en, 1)];
    }),
  );
}

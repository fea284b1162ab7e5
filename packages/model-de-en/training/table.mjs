import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integer, item, randomFrom } from './random.mjs';

const MONTHS = [
  'Januar',
  'Februar',
  'März',
  'April',
  'Mai',
  'Juni',
  'Juli',
  'August',
  'September',
  'Oktober',
  'November',
  'Dezember',
];
/** Countries that take an article in German or in English, or that are not countries. */
const WITH_ARTICLE =
  /(inseln?|ieder|staaten|republik|lande)$|^(Schweiz|Türkei|Ukraine|Slowakei|Mongolei|Elfenbeinküste|Niederlande|Irak|Iran|Libanon|Jemen|Sudan|Südsudan|Tschad|Niger|Kosovo|Oman|Senegal|Bahamas|Komoren|Malediven|Philippinen|Seychellen|Salomonen|Antarktis|Eurozone|Westsahara|Vatikanstadt|Gambia|Sark|Palau|Myanmar|Island|Jersey|Georgien|Dominica)$/;
const COUNTS = {
  zwei: 'two',
  drei: 'three',
  vier: 'four',
  fünf: 'five',
  sechs: 'six',
  sieben: 'seven',
  acht: 'eight',
  neun: 'nine',
  zehn: 'ten',
  elf: 'eleven',
  zwölf: 'twelve',
  zwanzig: 'twenty',
  dreißig: 'thirty',
  fünfzig: 'fifty',
}; // prettier-ignore
const CURRENCIES = {
  Euro: 'euros',
  Dollar: 'dollars',
  Pfund: 'pounds',
  Yen: 'yen',
  Franken: 'francs',
  Kronen: 'crowns',
  Rubel: 'rubles',
  Rupien: 'rupees',
  Zloty: 'zlotys',
  Cent: 'cents',
};
const LANGUAGES = {
  Deutsch: 'German',
  Englisch: 'English',
  Französisch: 'French',
  Spanisch: 'Spanish',
  Italienisch: 'Italian',
  Japanisch: 'Japanese',
  Chinesisch: 'Chinese',
  Russisch: 'Russian',
  Polnisch: 'Polish',
  Türkisch: 'Turkish',
  Arabisch: 'Arabic',
  Portugiesisch: 'Portuguese',
  Griechisch: 'Greek',
  Schwedisch: 'Swedish',
  Dänisch: 'Danish',
  Norwegisch: 'Norwegian',
  Finnisch: 'Finnish',
  Ungarisch: 'Hungarian',
  Tschechisch: 'Czech',
  Niederländisch: 'Dutch',
  Koreanisch: 'Korean',
  Latein: 'Latin',
  Hebräisch: 'Hebrew',
  Esperanto: 'Esperanto',
};
/** Names that are common in Tatoeba's sentences, to look for in addition to those of the list. */
const TATOEBA_NAMES = {
  m: [
    'Tom',
    'John',
    'Jim',
    'Ken',
    'Mike',
    'Bob',
    'Jack',
    'Bill',
    'Dan',
    'Taro',
    'Sami',
    'Fadil',
    'George',
    'Fred',
    'Jackson',
    'Johnny',
  ],
  w: [
    'Mary',
    'Jane',
    'Kate',
    'Nancy',
    'Betty',
    'Emily',
    'Linda',
    'Alice',
    'Ann',
    'Susan',
    'Layla',
    'Lidya',
    'Judy',
    'Cindy',
  ],
};
const ENGLISH_SURNAMES =
  'Smith Jones Brown Taylor Wilson Johnson Walker White Jackson Green Baker Clark Hill Moore Cooper Lee Harris Young King Scott Adams Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Reed Bailey Bell Tanaka Suzuki Nakamura Yamada Sato Kim Wang Nguyen García Rossi Novak Kowalski Yılmaz Ivanov Hansen Dubois'.split(
    ' ',
  );
const TOWNS =
  'Boston Chicago Seattle London Paris Madrid Tokyo Kyoto Osaka Nagoya Kobe Sydney Toronto Dublin Oslo Helsinki Stockholm Manchester Liverpool Dallas Denver Miami Lyon Marseille Valencia Porto Zagreb Budapest Istanbul Mumbai Delhi Seoul Bangkok Manila Lima Santiago Nairobi Lagos Melbourne Vancouver Montreal'.split(
    ' ',
  );

/** Towns that people write about often. */
const LARGE =
  'Berlin Hamburg Frankfurt Stuttgart Dresden Leipzig Bremen Dortmund Düsseldorf Essen Bonn Kiel Potsdam Freiburg Heidelberg Salzburg Graz Innsbruck Linz Bern Basel London Paris Madrid Amsterdam Barcelona Budapest Istanbul Boston Chicago Tokyo Sydney'.split(
    ' ',
  );
/** How often a place is drawn, relative to a small town with one name: a name that changes has to be learnt by heart. */
const timesDrawn = ([de, en]) => (de !== en ? 10 : LARGE.includes(de) ? 4 : 1);

/** An entry of the table, and the copies that let it be put in more often. */
const drawn = (kind, [de, en], place = [de, en]) => [
  [kind, de, en],
  ...Array(timesDrawn(place) - 1).fill([kind, de, en, 'use']),
];

/** Writes the table of interchangeable entries, the language `from` first, and returns the lists that frames are filled from. */
export function writeTable(names, path, from) {
  const tsv = (file) =>
    readFileSync(join(names, file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')); // prettier-ignore
  const places = new Map(TOWNS.map((town) => [town, town]));
  const usable = (text) => /^[\p{L}\p{M}]+(?:[ -]\p{Lu}[\p{L}\p{M}]+)?$/u.test(text);
  for (const [de, en] of tsv('towns.tsv').slice(1)) if (usable(de) && usable(en)) places.set(de, en);
  const all = tsv('names.tsv').slice(1);
  const european = all
    .filter(([kind]) => kind === 'city')
    .slice(all.filter(([kind]) => kind === 'city').findIndex(([, de]) => de === 'Aachen')); // prettier-ignore
  for (const [, de, en] of european) if (usable(de) && usable(en)) places.set(de, en);
  const countries = all
    .filter(
      ([kind, de, en]) =>
        kind === 'territory' &&
        /^[\p{L}-]+$/u.test(de) &&
        /^[\p{L} ]+$/u.test(en) &&
        !/Island|Archipelago|Americas/.test(en) &&
        !WITH_ARTICLE.test(de),
    )
    .map(([, de, en]) => [de, en]);
  const taken = new Set([...MONTHS, ...places.keys(), ...countries.flat()]);
  const surnames = readFileSync(join(names, 'surnames.txt'), 'utf8').trimEnd().split('\n').concat(ENGLISH_SURNAMES);
  const given = tsv('first-names.tsv')
    .slice(1)
    .filter(([name]) => usable(name) && !taken.has(name)); // prettier-ignore
  const people = Object.fromEntries(
    ['w', 'm'].map((sex) => [
      sex,
      [
        ...new Set(
          given
            .filter((row) => row[1] === sex)
            .map(([name]) => name)
            .concat(TATOEBA_NAMES[sex]),
        ),
      ],
    ]),
  );
  people.m = people.m.filter((name) => !people.w.includes(name));
  const rows = [];
  const random = randomFrom(15);
  for (const sex of ['w', 'm']) {
    for (const name of people[sex]) rows.push([`person-${sex}`, name, name]);
    for (const name of people[sex].filter((name) => /[^sxzß]$/.test(name)))
      rows.push([`persons-${sex}`, `${name}s`, `${name}'s`]);
    for (let i = 0; i < 400; i++) {
      const full = `${item(random, people[sex])} ${item(random, surnames)}`;
      rows.push([`person-${sex}`, full, full, 'use']);
    }
  }
  rows.push(
    ['person-w', 'Maria', 'Mary', 'find'],
    ['persons-w', 'Marias', "Mary's", 'find'],
    ['person-m', 'Johannes', 'John', 'find'],
  );
  for (const name of surnames.filter((name) => !people.w.includes(name) && !people.m.includes(name)))
    rows.push(['surname', name, name]);
  for (const place of places) rows.push(...drawn('place', place));
  for (const [de, en] of places)
    if (/[^sxzß]$/.test(de)) rows.push(...drawn('places', [`${de}s`, `${en}'s`], [de, en]));
  for (const [de, en] of countries) rows.push(['country', de, en]);
  for (const [de, en] of countries) if (/[^sxzß]$/.test(de)) rows.push(['countrys', `${de}s`, `${en}'s`]);
  const months = all.filter(([kind]) => kind === 'month').map(([, de, en]) => [de, en]);
  const weekdays = all.filter(([kind]) => kind === 'day').map(([, de, en]) => [de, en]);
  for (const [de, en] of months) rows.push(['month', de, en]);
  for (const [de, en] of weekdays) rows.push(['weekday', de, en]);
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  for (const [de, en] of Object.entries(COUNTS)) rows.push(['count', de, en], ['Count', capital(de), capital(en)]);
  for (const [de, en] of Object.entries(CURRENCIES)) rows.push(['currency', de, en]);
  for (const [de, en] of Object.entries(LANGUAGES)) rows.push(['language', de, en]);
  const inOrder = rows.map(([kind, de, en, ...role]) => [kind, ...(from === 'de' ? [de, en] : [en, de]), ...role]);
  writeFileSync(path, inOrder.map((row) => `${row.join('\t')}\n`).join(''));
  console.log(`${path}: ${rows.length} entries`);
  const drawnPlaces = [...places].flatMap((place) => Array(timesDrawn(place)).fill(place));
  return { slots: { people, surnames, places: drawnPlaces, countries, months, weekdays, integer } };
}

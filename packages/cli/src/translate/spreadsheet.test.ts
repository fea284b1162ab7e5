import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { type TableOptions, tableFormatOf, translateTable } from './spreadsheet.ts';

const WORDS: Readonly<Record<string, string>> = {
  Hund: 'dog',
  'Ein Hund, bitte.': 'A dog, please.',
  'Er sagte "Hund".': 'He said "dog".',
  Katze: 'cat; or "cat"',
  'Ein\nHund': 'A\ndog',
};
const asked: string[] = [];
const translate = async (texts: readonly string[]) => {
  asked.push(...texts);
  return texts.map((text) => WORDS[text] ?? text.toUpperCase());
};
const into = (document: string, columns: string[], more: Partial<TableOptions> = {}) =>
  translateTable(document, 'a.csv', { format: 'csv', header: true, columns, ...more }, translate);

test.each([
  ['quotes as they were', 'id,"text"\n"1",Hund\n2,"Hund"\n', 'id,"text"\n"1",dog\n2,"dog"\n'],
  ['quotes if they are needed', 'text,n\nKatze,1\n', 'text,n\n"cat; or ""cat""",1\n'],
  ['quotes within', 'text,n\n"Er sagte ""Hund"".",1\n', 'text,n\n"He said ""dog"".",1\n'],
  ['semicolons, as where a comma is decimal', 'n;text\r\n1,5;Hund\r\n', 'n;text\r\n1,5;dog\r\n'],
  ['commas need no quotes then', 'n;text\n1;Ein Hund, bitte.', 'n;text\n1;A dog, please.'],
  ['tabs', 'n\ttext\n1\tHund\n', 'n\ttext\n1\tdog\n'],
  ['what Excel says separates', 'sep=|\nn|text\n1,a;b|Hund\n', 'sep=|\nn|text\n1,a;b|dog\n'],
  ['a mark at the beginning', '\ufefftext,n\nHund,1\n', '\ufefftext,n\ndog,1\n'],
  ['lines within a cell', 'text,n\r\n"Ein\nHund",1\r\n', 'text,n\r\n"A\ndog",1\r\n'],
  ['mixed line ends', 'text,n\r\nHund,1\nHund,2\r\nHund,3', 'text,n\r\ndog,1\ndog,2\r\ndog,3'],
  ['old line ends', 'text,n\rHund,1\rHund,2', 'text,n\rdog,1\rdog,2'],
  ['blank rows and rows that are short or long', 'n,text\n\n1\n2,Hund,Hund\n\n', 'n,text\n\n1\n2,dog,Hund\n\n'],
  ['spaces around', 'n,text\n 1 , "x" \n', 'n,text\n 1 , "X" \n'],
  ['numbers, formulas, nothing', 'n,text\n1,"1,5"\n2,=SUM(A1)\n3,\n4,""\n', undefined],
  ['quotes in the middle of a cell', 'n,text\n1,der "Hund" ist\n', 'n,text\n1,DER "HUND" IST\n'],
  ['nothing but a header', 'n,text', undefined],
])('CSV: %s', async (_, source, wanted = source) => {
  expect(await into(source, ['text'])).toBe(wanted);
});

test.each([
  ['quotes that hold a cell together', 'n\ttext\n1\t"Ein\nHund"\n', 'n\ttext\n1\t"A\ndog"\n'],
  ['quotes that are quotes', 'n\ttext\n1\t"Hund\n2\tHund\n3\tHund"\n', 'n\ttext\n1\t"HUND\n2\tdog\n3\tHUND"\n'],
  ['quotes in the middle', 'n\ttext\n1\tEr sagte "Hund".\n', 'n\ttext\n1\tHe said "dog".\n'],
  ['commas', 'n,m\ttext\n1,2\tHund\n', 'n,m\ttext\n1,2\tdog\n'],
])('TSV: %s', async (_, source, wanted) => {
  expect(await into(source, ['text'], { format: 'tsv' })).toBe(wanted);
});

test('columns by name and by number, several at once; without a header the first row is translated', async () => {
  const source = 'Hund,b,2\nHund,Hund,Hund\n';
  expect(await into(source, ['b', '1'])).toBe('Hund,b,2\ndog,dog,Hund\n');
  expect(await into(source, ['2'])).toBe('Hund,b,2\nHund,Hund,dog\n'); // a name comes first
  expect(await into(source, ['1', '3'], { header: false })).toBe('dog,b,2\ndog,Hund,dog\n');
  expect(await into('text\nHund\n', [])).toBe('text\ndog\n'); // the only one
  expect(await into('text,text\nHund,Hund\n', ['text'])).toBe('text,text\ndog,dog\n');
});

test('each text is translated once', async () => {
  asked.length = 0;
  await into('a,b\nHund,Hund\nHund,Katze\n', ['a', 'b']);
  expect(asked).toEqual(['Hund', 'Katze']);
});

test.each<[columns: string[], header: boolean, message: string]>([
  [[], true, 'a.csv is a table. Say which columns to translate: --column with id, text, 3, or a number from 1 to 3.'],
  [['txt'], true, 'a.csv has no column txt. Did you mean text?'],
  [['4'], true, 'a.csv has no column 4. Expected id, text, 3, or a number from 1 to 3.'],
  [['0'], true, 'a.csv has no column 0.'],
  [['text'], false, 'a.csv has no column text. Expected a number from 1 to 3.'],
])('columns %j, header %s: %s', async (columns, header, message) => {
  await expect(into('id,text,\n1,2,3\n', columns, { header })).rejects.toMatchObject({
    name: 'UsageError',
    message: expect.stringContaining(message),
  });
});

test('a cell that does not end is an error that names its line', async () => {
  await expect(into('id,text\n1,Hund\n2,"Hund\n3,Hund\n', ['text'])).rejects.toMatchObject({
    name: 'FailedError',
    message: expect.stringMatching(/^a\.csv can't be read as a table: after line 3, a quotation mark/),
  });
});

test('any table: read by another parser, only the chosen column has changed', async () => {
  const letters = ['a', 'ä', '"', ',', ';', ' ', '\n', '\r\n', '1', '=', '日', '😀', "'", '\t'];
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const cell = () => Array.from({ length: random(6) }, () => letters[random(letters.length)]).join('');
  for (let round = 0; round < 300; round++) {
    const width = 2 + random(3);
    const rows = Array.from({ length: 1 + random(6) }, () => Array.from({ length: width }, cell));
    const delimiter = [',', ';', '\t'][random(3)] as string;
    const newline = random(2) ? '\n' : '\r\n';
    const fields = Array.from({ length: width }, (_, i) => `c${i}`);
    const source = Papa.unparse({ fields, data: rows }, { delimiter, newline, quotes: random(2) === 1 });
    const column = random(width);
    const target = await into(source, [`c${column}`]);
    const read = Papa.parse<string[]>(target, { delimiter, newline });
    const wanted = rows.map((row) =>
      row.map((text, i) => (i === column && /\p{L}/u.test(text) && !/^=\S/.test(text) ? text.toUpperCase() : text)),
    );
    expect(read.data, JSON.stringify(source)).toEqual([fields, ...wanted]);
  }
});

test.each([
  ['a.csv', 'csv'],
  ['b/A.TSV', 'tsv'],
  ['a.tab', 'tsv'],
  ['a.csv.txt', undefined],
])('the format of %s is %s', (name, format) => {
  expect(tableFormatOf(name)).toBe(format);
});

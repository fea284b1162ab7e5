import { nearest } from '@ringformer/core/base';
import { type CastingContext, CsvError, parse } from 'csv-parse/sync';
import { FailedError, UsageError } from '../errors.ts';

/** Rows of cells: CSV (https://www.rfc-editor.org/rfc/rfc4180), or the same with tabs. */
export type TableFormat = 'csv' | 'tsv';

export const isTable = (format: string): format is TableFormat => format === 'csv' || format === 'tsv';

/** The format that a file's name says, if it is a table. */
export function tableFormatOf(name: string): TableFormat | undefined {
  const [, ending] = /\.(csv|tsv|tab)$/i.exec(name) ?? [];
  return ending === undefined ? undefined : ending.toLowerCase() === 'csv' ? 'csv' : 'tsv';
}

export type TableOptions = {
  readonly format: TableFormat;
  /** Names of columns or their numbers, counted from 1. None: the only column there is. */
  readonly columns: readonly string[];
  /** Whether the first row has the columns' names. It is not translated. */
  readonly header: boolean;
};

/** A cell: what it says, where it is written in the bytes, and how. */
type Cell = { readonly text: string; readonly from: number; readonly to: number; readonly isQuoted: boolean };
/** What separates cells, and whether quotation marks hold them together. */
type Dialect = { readonly delimiter: string; readonly quotes: 'strict' | 'lenient' | 'none' };

/**
 * A table with some of its columns translated. All other bytes, among them the header, stay as they are, as do cells without
 * letters and formulas (`=A1`). A cell gets quotation marks if it had some or needs them.
 * @throws UsageError if the columns aren't there; FailedError if it is not a table
 */
export async function translateTable(
  document: string,
  name: string,
  { format, columns, header }: TableOptions,
  translate: (texts: readonly string[]) => Promise<readonly string[]>,
): Promise<string> {
  const [, before = '', sep] = /^(\ufeff?(?:sep=(.)\r?\n)?)/i.exec(document) ?? []; // Excel's line that says what separates
  const bytes = Buffer.from(document.slice(before.length));
  const dialect = dialectOf(bytes, format, sep);
  const rows = readRows(bytes, dialect, name);
  const wanted = columnsOf(rows[0] ?? [], { columns, header }, name);
  const cells = rows
    .slice(header ? 1 : 0)
    .flatMap((row) => wanted.flatMap((column) => row[column] ?? []))
    .filter(({ text }) => /\p{L}/u.test(text) && !/^=\S/.test(text));
  const texts = [...new Set(cells.map(({ text }) => text.trim()))];
  const translations = await translate(texts);
  const found = new Map(texts.map((text, i) => [text, translations[i] as string]));
  const parts: Uint8Array[] = [Buffer.from(before)];
  let at = 0;
  for (const cell of cells) {
    const source = cell.text.trim();
    const said = found.get(source) as string;
    if (said === source) continue;
    const text = cell.text.replace(source, () => said); // with the spaces around it
    parts.push(bytes.subarray(at, cell.from), Buffer.from(written(text, cell, dialect)));
    at = cell.to;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]).toString();
}

function written(text: string, source: Cell, { delimiter, quotes }: Dialect): string {
  if (quotes === 'none') return text.replace(/[\t\r\n]+/g, ' ');
  const hasQuotes = source.text.includes('"') ? text.startsWith('"') : text.includes('"'); // those within may stay bare
  const isOpen = hasQuotes || text.includes(delimiter) || /[\r\n]/.test(text);
  return source.isQuoted || isOpen ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The cells of each row. @throws FailedError */
function readRows(bytes: Buffer, dialect: Dialect, name: string): Cell[][] {
  const rows: Cell[][] = [[]];
  try {
    parseCells(bytes, dialect, (cell, index) => {
      if (index === 0 && rows[0]?.length !== 0) rows.push([]);
      rows.at(-1)?.push(cell);
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const at = rows.at(-1)?.at(-1)?.to ?? 0;
    const line = bytes.toString('utf8', 0, at).split(/\r\n|\n|\r/).length;
    throw new FailedError(
      `${name} can't be read as a table: after line ${line}, a quotation mark begins a cell that doesn't end. Close it, or add --format text to translate line by line.`,
      { cause: error },
    );
  }
  return rows;
}

/** Calls `use` with each cell and its column, row by row, at most `to` rows. */
function parseCells(
  bytes: Buffer,
  { delimiter, quotes }: Dialect,
  use: (cell: Cell, index: number) => void,
  to?: number,
): void {
  let from = 0;
  parse(bytes, {
    delimiter,
    quote: quotes === 'none' ? null : '"',
    escape: quotes === 'none' ? null : '"',
    relax_quotes: quotes === 'lenient',
    relax_column_count: true,
    record_delimiter: bytes.includes(10) ? ['\r\n', '\n'] : ['\r'],
    ...(to === undefined ? {} : { to }),
    cast: (text: string, { bytes: end, quoting, index }: CastingContext) => {
      use({ text, from, to: end, isQuoted: quoting }, index);
      from = end + delimiter.length;
      return '';
    },
    on_record: (_, { bytes: end }) => {
      from = end;
      return null;
    },
  });
}

/** What spreadsheets write, depending on where they were made. */
const DELIMITERS = [',', ';', '\t', '|'];
/** So many rows show what separates cells. */
const ROWS = 50;

/**
 * In tab-separated text, quotation marks are what they are if they don't make whole cells in rows of one length. In CSV, what
 * separates cells is what gives the first rows the same number of cells.
 */
function dialectOf(bytes: Buffer, format: TableFormat, sep: string | undefined): Dialect {
  if (format === 'tsv') {
    const quoted = shapeOf(bytes, { delimiter: '\t', quotes: 'strict' });
    const bare = shapeOf(bytes, { delimiter: '\t', quotes: 'none' });
    const hides = bare && quoted && quoted.columns > 1 && bare.even === bare.rows && bare.rows > quoted.rows; // whole rows in a cell
    return { delimiter: '\t', quotes: quoted && quoted.even === quoted.rows && !hides ? 'strict' : 'none' };
  }
  if (sep !== undefined) return { delimiter: sep, quotes: 'lenient' };
  const all = DELIMITERS.flatMap((delimiter) => {
    const dialect: Dialect = { delimiter, quotes: 'lenient' };
    const shape = shapeOf(bytes, dialect, ROWS);
    return shape && shape.columns > 1 ? [{ dialect, share: shape.even / shape.rows, ...shape }] : [];
  });
  all.sort((a, b) => b.share - a.share || b.columns - a.columns);
  return all[0]?.dialect ?? { delimiter: ',', quotes: 'lenient' };
}

/** How many columns the first row has, and how many rows have as many. Undefined if it can't be read so. */
function shapeOf(bytes: Buffer, dialect: Dialect, to?: number) {
  const widths: number[] = [];
  const firsts: string[] = [];
  try {
    parseCells(
      bytes,
      dialect,
      ({ text }, index) => {
        if (index === 0) firsts.push(text);
        widths[firsts.length - 1] = index + 1;
      },
      to,
    );
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return undefined;
  }
  const [columns = 0] = widths;
  const isBlank = (width: number, row: number) => width === 1 && firsts[row] === '';
  const even = widths.filter((width, row) => width === columns || isBlank(width, row)).length;
  return { columns, rows: widths.length, even };
}

/** The numbers of the columns, from 0. @throws UsageError */
function columnsOf(
  first: readonly Cell[],
  { columns, header }: Pick<TableOptions, 'columns' | 'header'>,
  name: string,
): number[] {
  const names = first.map(({ text }) => text.trim());
  if (columns.length === 0) {
    if (names.length <= 1) return [0];
    throw new UsageError(
      `${name} is a table. Say which columns to translate: --column with ${listOf(names, header)}. Or add --format text to translate it line by line.`,
    );
  }
  const found = columns.flatMap((column) => {
    const named = header ? names.flatMap((other, i) => (other === column.trim() ? [i] : [])) : [];
    if (named.length > 0) return named;
    if (/^[1-9]\d*$/.test(column) && (Number(column) <= names.length || names.length === 0))
      return [Number(column) - 1];
    const closest = header ? nearest(column, names) : undefined;
    throw new UsageError(
      `${name} has no column ${column}. ${closest ? `Did you mean ${closest}?` : `Expected ${listOf(names, header)}.`}`,
    );
  });
  return [...new Set(found)].sort((a, b) => a - b);
}

/** How many columns a message names. */
const MOST = 20;

function listOf(names: readonly string[], header: boolean): string {
  if (!header) return `a number from 1 to ${names.length}`;
  const some = names.slice(0, MOST).map((name, i) => (name === '' ? `${i + 1}` : name));
  return `${some.join(', ')}${names.length > MOST ? ` (and ${names.length - MOST} more)` : ''}, or a number from 1 to ${names.length}`;
}

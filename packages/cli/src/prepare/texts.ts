import { basename, join } from 'node:path';
import { readLines } from '@ringformer/text/node';
import { FailedError } from '../errors.ts';
import { filesIn, listed, type Pending, pendingFile } from './files.ts';
import type { Job, Prepared } from './job.ts';

/** The files of one side and the other, line by line: of a text, of a set in XML or SGML, or of tagged talks. */
type Pair = { readonly source: string; readonly target: string };
/** What goes into which part. */
type Parts = Readonly<Record<'train' | 'valid' | 'test', readonly Pair[]>>;

const ARCHIVE = /\.(?:tar|tgz|tar\.\w+|zip)$/i;

/**
 * IWSLT as it is distributed: train.tags.de-en.de of tagged talks, IWSLT14.TED.dev2010.de-en.de.xml and its like. All
 * development sets are for evaluation; all test sets are kept apart.
 */
export async function prepareIwslt(job: Job): Promise<Prepared> {
  const { from, to } = job.languages;
  const files = await textFiles(job);
  const parts = [`${from}-${to}`, `${to}-${from}`]
    .map((pair): Parts => {
      const named = (pattern: string) =>
        pairsNamed(files, new RegExp(`^${pattern}\\.${pair}\\.LANG(?:\\.xml)?(?:\\.gz)?$`), job);
      return { train: named('train\\.tags'), valid: named('.*\\.dev\\d+'), test: named('.*\\.tst\\d+') };
    })
    .find(({ train }) => train.length > 0);
  if (!parts)
    throw new FailedError(expected(job, files, `train.tags.${from}-${to}.${from} and train.tags.${from}-${to}.${to}`));
  if (parts.valid.length === 0)
    throw new FailedError(
      expected(
        job,
        files,
        `a development set, such as IWSLT14.TED.dev2010.${from}-${to}.${from}.xml, beside the training text`,
      ),
    );
  return writeParts(job, parts, 'iwslt14');
}

/**
 * WMT as it is distributed: parallel texts such as europarl-v7.de-en.de, and test sets in SGML or as text. Also a folder of
 * train, val and test by language, as the authors have it.
 */
export async function prepareWmt(job: Job): Promise<Prepared> {
  const { languages, sets } = job;
  const { from, to } = languages;
  const files = await textFiles(job);
  const set = (name: string, plain: string) => {
    const direction = `(?:-(?:${from}${to}|${to}${from}))?`;
    const sgm = pairsNamed(
      files,
      new RegExp(`^${escaped(name)}${direction}-(?:src|ref)\\.LANG\\.(?:sgm|xml)(?:\\.gz)?$`),
      job,
    );
    if (sgm.length > 0) return sgm;
    const text = pairsNamed(files, new RegExp(`^${escaped(name)}\\.LANG(?:\\.gz)?$`), job);
    return text.length > 0 ? text : pairsNamed(files, new RegExp(`^(?:${plain})\\.LANG(?:\\.gz)?$`), job);
  };
  const [valid, test] = [set(sets.valid, 'val(?:id)?|dev'), set(sets.test, 'test')];
  const train = pairsNamed(files, /^(?!news-?test|newssyscomb|news-?dev|val|dev|test).*\.LANG(?:\.gz)?$/, job);
  if (train.length === 0)
    throw new FailedError(
      expected(
        job,
        files,
        `parallel text, such as europarl-v7.${from}-${to}.${from} and europarl-v7.${from}-${to}.${to}`,
      ),
    );
  if (valid.length === 0)
    throw new FailedError(
      expected(
        job,
        files,
        `the set ${sets.valid} (see --valid), such as ${sets.valid}-src.${from}.sgm and ${sets.valid}-ref.${to}.sgm`,
      ),
    );
  return writeParts(job, { train, valid, test }, 'wmt14');
}

const escaped = (name: string) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

async function textFiles({ from }: Job): Promise<string[]> {
  const all: string[] = [];
  for (const path of from) all.push(...(ARCHIVE.test(path) ? [path] : (await filesIn(path)).files));
  return all;
}

function expected({ from }: Job, files: readonly string[], what: string): string {
  const archive = files.find((path) => ARCHIVE.test(path));
  const unpack = archive === undefined ? '' : ` Unpack ${basename(archive)} first.`;
  return `${from.join(', ')} lacks ${what}. It holds ${listed(files)}.${unpack}`;
}

/** The files whose names match `pattern` with the one language and with the other. `LANG` stands for the language. */
function pairsNamed(files: readonly string[], pattern: RegExp, { languages: { from, to } }: Job): Pair[] {
  const named = (language: string) => {
    const own = new RegExp(pattern.source.replaceAll('LANG', escaped(language)));
    return files.filter((path) => own.test(basename(path)));
  };
  const targets = named(to);
  return named(from).map((source) => {
    const target = targets.find((path) => alike(path, to) === alike(source, from));
    if (target !== undefined) return { source, target };
    throw new FailedError(
      `${source} has no translation beside it: expected ${basename(source).replace(endOf(from), `.${to}`).replace('-src.', '-ref.')}.`,
    );
  });
}

/** A path without its language: the same on both sides. */
const alike = (path: string, language: string) =>
  path
    .replace(/-(?:src|ref)\./, '-.')
    .replace(/\.gz$/, '')
    .replace(endOf(language), '');

/** A language at the end of a name. */
const endOf = (language: string) => new RegExp(`\\.${escaped(language)}(?=(?:\\.sgm|\\.xml)?(?:\\.gz)?$)`);

async function writeParts(job: Job, parts: Parts, settings: string): Promise<Prepared> {
  const { output, languages, io, show } = job;
  const counts: Record<string, number> = {};
  const pending: Pending[] = [];
  let empty = 0;
  try {
    for (const [part, pairs] of Object.entries(parts)) {
      if (pairs.length === 0) continue;
      const sides = [languages.from, languages.to].map((language) => pendingFile(join(output, `${part}.${language}`)));
      pending.push(...sides);
      counts[part] = 0;
      for (const pair of pairs) {
        for await (const [source, target] of linesOf(pair, io.signal)) {
          if (source === '' || target === '') empty++;
          else {
            await sides[0]!.write(`${source}\n`);
            await sides[1]!.write(`${target}\n`);
            counts[part]!++;
          }
          show(`${part}: ${counts[part]!.toLocaleString('en')} pairs`);
        }
      }
      if (counts[part] === 0) throw new FailedError(`${pairs[0]!.source} and its like hold no pairs.`);
    }
    for (const file of pending.splice(0)) await file.keep();
  } finally {
    for (const file of pending) file.drop();
  }
  const at = (part: string, language: string) => join(output, `${part}.${language}`);
  const { from, to } = languages;
  const read = parts.train.map(({ source }) => basename(source));
  return {
    counts,
    notes: [
      `Training text: ${read.join(', ')}.`,
      ...(empty > 0 ? [`Pairs with an empty side, left out: ${empty.toLocaleString('en')}.`] : []),
      ...(parts.test.length === 0 ? ['There is no test set.'] : []),
    ],
    next: `ringformer train -o run --settings ${settings} --source ${at('train', from)} --target ${at('train', to)} --valid-source ${at('valid', from)} --valid-target ${at('valid', to)}`,
  };
}

/** The pairs of two files. @throws FailedError with both counts if one has more */
async function* linesOf({ source, target }: Pair, signal: AbortSignal): AsyncGenerator<[string, string]> {
  const [ours, theirs] = [textOf(source, signal), textOf(target, signal)];
  try {
    for (let count = 0; ; count++) {
      const [a, b] = await Promise.all([ours.next(), theirs.next()]);
      if (a.done && b.done) return;
      if (a.done || b.done) {
        let more = count + 1;
        for await (const _ of a.done ? theirs : ours) more++;
        const [few, many] = a.done ? [source, target] : [target, source];
        throw new FailedError(
          `${few} has ${count} sentences and ${many} ${more}; sentence N of one must translate sentence N of the other.`,
        );
      }
      yield [a.value.trim(), b.value.trim()];
    }
  } finally {
    await Promise.all([ours.return(undefined), theirs.return(undefined)]);
  }
}

/** The sentences of a file: its lines, or without their tags the segments of a set. */
function textOf(path: string, signal: AbortSignal): AsyncGenerator<string> {
  if (/\.(?:xml|sgm)(?:\.gz)?$/i.test(path)) return segments(path, signal);
  return /^train\.tags\./.test(basename(path)) ? talks(path, signal) : readLines(path, { signal });
}

/** Lines that are not about a talk: those begin with a tag (<url>, <title>, …). */
async function* talks(path: string, signal: AbortSignal): AsyncGenerator<string> {
  for await (const line of readLines(path, { signal })) if (!/^\s*<\/?[a-z]+(?:\s[^>]*)?>/i.test(line)) yield line;
}

/** What stands between <seg id="…"> and </seg>, on one line or several. */
async function* segments(path: string, signal: AbortSignal): AsyncGenerator<string> {
  let open: string | undefined;
  for await (const line of readLines(path, { signal })) {
    for (const part of line.split(/(?=<seg\b)/i)) {
      const start = /^<seg\b[^>]*>/i.exec(part);
      if (start) open = '';
      if (open === undefined) continue;
      const [text = '', end] = part.slice(start?.[0].length ?? 0).split(/<\/seg>/i);
      open = `${open} ${text.trim()}`.trim();
      if (end === undefined) continue;
      yield unescaped(open);
      open = undefined;
    }
  }
  if (open !== undefined) throw new FailedError(`${path} ends within a segment: expected </seg>. It is not complete.`);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text without XML's entities. */
const unescaped = (text: string) =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal, hex, name) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? all;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });

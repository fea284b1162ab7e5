import { expect, test } from 'vitest';
import { type Format, formatOf, translateDocument } from '../src/index.ts';

/** A translator of a few words; it keeps placeholders and turns the rest round letter by letter, so that nothing is missed. */
const WORDS: Readonly<Record<string, string>> = {
  'Das ist sehr wichtig.': 'That is very important.',
  sehr: 'very',
  'Klicken Sie auf Speichern, um die Datei zu sichern.': 'Click Save to save the file.',
  Speichern: 'Save',
  'Drücken Sie {x1} und {x2}.': 'Press {x1} and {x2}.',
  'Drücken Sie {x1} jetzt.': 'Press {x1} now.',
  'Lesen Sie die Anleitung.': 'Read the manual.',
  Anleitung: 'instructions', // not in the sentence: its markup has no place there
  'Lesen Sie die': 'Read the',
  'Drücken Sie {x1} und {x2}{x3}.': 'Press {x1} and {x2}{x3}.',
  'Guten Morgen & gute Nacht': 'Good morning & good night',
  Hund: 'dog',
  'Ein Hund.': 'A dog.',
  'Ich las gestern das Buch.': 'I read the book yesterday.',
  gestern: 'yesterday',
  Buch: 'book',
  'Mit {x1} öffnet man {x2}.': 'You open {x2} with {x1}.',
  alt: 'old',
  neu: 'new',
  'Es ist alt neu.': 'It is new old.',
  'Es ist': 'It is',
};
const reversed = (text: string) =>
  text.replace(/\{x\d+\}|\p{L}+/gu, (word) => (word.startsWith('{') ? word : [...word].reverse().join('')));
const asked: string[] = [];
const translate = async (texts: readonly string[]) => {
  asked.push(...texts);
  return texts.map((text) => WORDS[text] ?? reversed(text));
};
const into = (format: Format, document: string) => translateDocument(document, { format }, translate);

test.each([
  ['bold', 'Das ist **sehr** wichtig.', 'That is **very** important.'],
  ['one of two alike', 'Klicken Sie auf *Speichern*, um die Datei zu sichern.', 'Click *Save* to save the file.'],
  [
    'code and an address',
    'Drücken Sie `Strg` und <https://example.org/a_b>.',
    'Press `Strg` and <https://example.org/a_b>.',
  ],
  ['all of it', '# **Das ist sehr wichtig.**', '# **That is very important.**'],
  ['a link', '[Speichern](a.html "Titel")', '[Save](a.html "Titel")'],
  ['no place for it', 'Lesen Sie die [Anleitung](x.md).', 'Read the [instructions](x.md).'],
  ['wrapped', '> Das ist\n> **sehr**\n> wichtig.\n', '> That is **very** important.\n'],
  ['in another order', 'Ich las *gestern* das [Buch](b).', 'I read the [book](b) *yesterday*.'],
  ['code in another order', 'Mit `a` öffnet man `b`.', 'You open `b` with `a`.'],
  ['a table', '| Hund | `x` |\n|---|:-:|\n| Hund | 1 |\n', '| dog | `x` |\n|---|:-:|\n| dog | 1 |\n'],
  ['lines with labels', 'Ort: Hund\nZeit: Hund\n', 'trO: dnuH\ntieZ: dnuH\n'],
  ['lines with bold labels', '> **Ort:** Hund  \r\n> **Zeit**: Hund\r\n', '> **trO:** dnuH  \r\n> **tieZ**: dnuH\r\n'],
  ['a label in one line only', 'Ort: Hund\nund Hund\n', 'trO: dnuH dnu dnuH\n'],
  ['wrapped with a colon', 'Das ist alt\nund sagt: so\nEin Wort: so\n', 'saD tsi tla dnu tgas: os niE troW: os\n'],
  [
    'the end of a letter',
    'Hund und\nHund.\nMit freundlichen Grüßen\nEin Hund.\nHund\n',
    'dnuH dnu dnuH.\ntiM nehcildnuerf neßürG\nA dog.\ndog\n',
  ],
  ['keys', 'Drücken Sie <kbd>Strg</kbd> und <kbd>C</kbd>.', 'Press <kbd>Strg</kbd> and <kbd>C</kbd>.'],
  [
    'keys pressed together',
    'Drücken Sie <kbd>Strg</kbd>+<kbd>Alt</kbd> + <kbd>C</kbd> jetzt.',
    'Press <kbd>Strg</kbd>+<kbd>Alt</kbd> + <kbd>C</kbd> now.',
  ],
  ['code beside a mark', 'Drücken Sie `a` / `b`.', 'nekcürD eiS `a` / `b`.'],
  ['a hard break', 'Ein Hund.  \nEin Hund.', 'A dog.  \nA dog.'],
  ['tasks', '- [x] Ein Hund.\n- [ ] Hund\n', '- [x] A dog.\n- [ ] dog\n'],
  [
    'code, front matter and comments',
    '---\ntitle: Hund\n---\n\n```\nHund\n```\n\n    Hund\n\n<!-- Hund -->\n',
    undefined,
  ],
  ['HTML', '<div title="Hund">Hund</div>\n', '<div title="dog">dog</div>\n'],
  ['escapes', 'Guten Morgen &amp; gute Nacht', 'Good morning & good night'],
  [
    'a reference',
    'Ein [Hund][1].\n\n[1]: https://x.org/Hund "Hund"\n',
    'A [dog][1].\n\n[1]: https://x.org/Hund "Hund"\n',
  ],
  ['numbers only', '1. 2.\n\n***\n', undefined],
  ['a line at the beginning that is no front matter', '---\n\n- [ ] Hund\n\n> Hund\n', '---\n\n- [ ] dog\n\n> dog\n'],
  ['front matter that ends with the file', '---\ntitle: Hund\n---', undefined],
  ['directives', 'Hund\n\n:::note Hund\nEin Hund.\n:::\n', 'dog\n\n:::note dog\nA dog.\n:::\n'],
  ['formulas in a line', 'Drücken Sie $$a^2$$ und $b$.', 'Press $$a^2$$ and $b$.'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is text
  ['names with a dollar', 'Drücken Sie **${a}** und *${b}*.', 'nekcürD eiS **${a}** dnu *${b}*.'],
])('Markdown: %s', async (_, source, wanted = source) => {
  expect(await into('markdown', source)).toBe(wanted);
});

test.each([
  ['bold', '<p>Das ist <b class="x">sehr</b> wichtig.</p>', '<p>That is <b class="x">very</b> important.</p>'],
  ['code', '<p>Drücken Sie <kbd>Strg</kbd> und <code>Hund</code>.', '<p>Press <kbd>Strg</kbd> and <code>Hund</code>.'],
  ['entities', '<i>Guten Morgen &amp; gute Nacht</i>', '<i>Good morning &amp; good night</i>'],
  ['attributes', '<img src=Hund.png alt="Ein Hund." title=\'Hund\'>', '<img src=Hund.png alt="A dog." title=\'dog\'>'],
  [
    'attributes within a sentence',
    '<p>Drücken Sie <img alt="Hund"> und <a title="Hund"></a><img src="b">.</p>',
    '<p>Press <img alt="dog"> and <a title="dog"></a><img src="b">.</p>',
  ],
  [
    'attributes without quotes',
    '<img alt=Hund src=Hund.png><p title=Katze>',
    '<img alt="dog" src=Hund.png><p title="eztaK">',
  ],
  ['tags that the parser ignores', '<p>Hund {a}</span><a name=x></a>Hund.', '<p>dnuH {a}</span><a name=x></a>dnuH.'],
  ['what is shown without scripts', '<noscript><p>Ein Hund.</p></noscript>', '<noscript><p>A dog.</p></noscript>'],
  ['line breaks', '<p>Ein Hund.<br>\n  Ein Hund.</p>', '<p>A dog.<br>\n  A dog.</p>'],
  [
    'a page',
    '<!doctype html>\n<html lang=de><head><title>Hund</title><meta name="description" content="Ein Hund."></head>\n<body>\n  <h1>Hund</h1>\n</body></html>\n',
    '<!doctype html>\n<html lang=de><head><title>dog</title><meta name="description" content="A dog."></head>\n<body>\n  <h1>dog</h1>\n</body></html>\n',
  ],
  [
    'what is no text',
    '<script>"Hund"</script><style>Hund{}</style><pre>Hund</pre><p translate=no>Hund</p><!-- Hund -->',
    undefined,
  ],
  ['lists without ends', '<ul><li>Hund<li>Hund</ul>', '<ul><li>dog<li>dog</ul>'],
  [
    'a link around blocks',
    '<a href="x"><h2>Hund</h2><p>Ein Hund.</p></a>',
    '<a href="x"><h2>dog</h2><p>A dog.</p></a>',
  ],
  [
    'in another order',
    '<p>Ich las <b>gestern</b> das <a href="b">Buch</a>.</p>',
    '<p>I read the <a href="b">book</a> <b>yesterday</b>.</p>',
  ],
  [
    'old and new stay in order',
    '<p>Es ist <del>alt</del> <ins>neu</ins>.</p>',
    '<p>It is <del>old</del> <ins>new</ins>.</p>',
  ],
  ['white space', '<p>\n  Ein\n  Hund.\n</p>', '<p>\n  A dog.\n</p>'],
])('HTML: %s', async (_, source, wanted = source) => {
  expect(await into('html', source)).toBe(wanted);
});

const TIMES = '00:00:01,000 --> 00:00:02,500';
test.each([
  [
    'lines',
    `1\n${TIMES}\nDas ist\nsehr wichtig.\n\n2\n${TIMES}\nHund\n`,
    `1\n${TIMES}\nThat is very\nimportant.\n\n2\n${TIMES}\ndog\n`,
  ],
  ['CRLF and BOM', `\ufeff1\r\n${TIMES}\r\nEin Hund.\r\n\r\n`, `\ufeff1\r\n${TIMES}\r\nA dog.\r\n\r\n`],
  [
    'tags',
    `1\n${TIMES}\n{\\an8}Das ist <i>sehr</i> wichtig.\n`,
    `1\n${TIMES}\n{\\an8}That is <i>very</i> important.\n`,
  ],
  [
    'tags in another order',
    `1\n${TIMES}\nIch las <i>gestern</i> das <b>Buch</b>.\n`,
    `1\n${TIMES}\nI read the <b>book</b> <i>yesterday</i>.\n`,
  ],
  ['turns', `1\n${TIMES}\n- Ein Hund.\n- Hund\n`, `1\n${TIMES}\n- A dog.\n- dog\n`],
  [
    'songs and noises',
    `1\n${TIMES}\n♪ Ein Hund. ♪\n[Hund]\nDas ist\nsehr wichtig.\n`,
    `1\n${TIMES}\n♪ A dog. ♪\n[dnuH]\nThat is very\nimportant.\n`,
  ],
  ['a song of two lines', `1\n${TIMES}\n♪ Das ist\nsehr wichtig. ♪\n`, `1\n${TIMES}\n♪ That is very\nimportant. ♪\n`],
  ['empty cues', `1\n${TIMES}\n\n2\n${TIMES}\nHund`, `1\n${TIMES}\n\n2\n${TIMES}\ndog`],
  ['what is no cue', 'Hund\n\n1\nHund\n', undefined],
])('SRT: %s', async (_, source, wanted = source) => {
  expect(await into('srt', source)).toBe(wanted);
});

test('WebVTT', async () => {
  const source = [
    'WEBVTT - Hund',
    '',
    'NOTE Ein Hund.',
    '',
    'STYLE\n::cue { color: red }',
    '',
    'Hund',
    '01:02.000 --> 01:03.000 line:0 align:start',
    '<v Hund>Guten Morgen &amp; <c.gelb>gute Nacht</c>',
    '',
    '00:01:04.000 --> 00:01:05.000',
    'Ein Hund.',
    '',
  ].join('\n');
  expect(await into('vtt', source)).toBe(
    source
      .replace('Guten Morgen &amp; <c.gelb>gute Nacht</c>', 'netuG negroM &amp; <c.gelb>etug thcaN</c>')
      .replace('000\nEin Hund.', '000\nA dog.'),
  );
});

test('WebVTT: what is in another language stays, and tags around a whole word are still a pair', async () => {
  const cue = (text: string) => `WEBVTT\n\n01:02.000 --> 01:03.000\n${text}\n`;
  const options = { format: 'vtt', from: 'de' } as const;
  const all = (text: string) => translateDocument(cue(text), options, translate);
  expect(await all('<lang en>Hund</lang> und <b>sehr</b>')).toBe(cue('<lang en>Hund</lang> dnu <b>very</b>'));
  expect(await all('<lang de-AT>Hund</lang>')).toBe(cue('<lang de-AT>dog</lang>'));
  expect(await all('<i><ruby>漢<rt>kan</rt></ruby> Hund</i>.')).toBe(cue('<i><ruby>漢<rt>kan</rt></ruby> dnuH</i>.'));
});

test('a part whose translation would change the structure stays as it is, with a warning; the others are translated', async () => {
  const warnings: unknown[] = [];
  const bad = async (texts: readonly string[]) => texts.map((text) => (text === 'Hund' ? 'a\n\nb' : 'A dog.'));
  const source = 'Ein Hund.\n\nHund\n\nEin Hund.\n';
  const options = { format: 'markdown', onWarning: (warning: object) => warnings.push(warning) } as const;
  expect(await translateDocument(source, options, bad)).toBe('A dog.\n\nHund\n\nA dog.\n');
  expect(warnings).toEqual([{ line: 3, message: expect.stringContaining('Line 3 stays as it is') }]);
});

test.each([
  ['README.md', 'markdown'],
  ['a/b.HTML', 'html'],
  ['film.srt', 'srt'],
  ['film.de.vtt', 'vtt'],
  ['a.md/b', 'text'],
  ['text.txt', 'text'],
])('the format of %s is %s', (name, format) => {
  expect(formatOf(name)).toBe(format);
});

test('plain text is one text; an unknown format is refused', async () => {
  expect(await into('text', '# Hund\n')).toBe('# dnuH\n');
  await expect(into('docx' as Format, 'x')).rejects.toMatchObject({ code: 'bad-argument' });
});

test.each([
  ['markdown', `${'>'.repeat(9000)}Hund`],
  ['html', `${'<div>'.repeat(9000)}Hund`],
] as const)('%s that is nested too deeply is refused, and the next document translated', async (format, document) => {
  await expect(into(format, document)).rejects.toMatchObject({
    code: 'bad-text',
    message: expect.stringContaining('nested too deeply'),
  });
  expect(await into(format, 'Hund')).toBe('dog');
});

test.each<[Format, string]>([
  ['markdown', 'Das ist ein Hund. '],
  ['markdown', 'Das ist **sehr** `x`. '],
  ['html', 'Das ist <b>sehr</b> <i>x</i>. '],
])('%s of many sentences on one line, "%s", takes no time', async (format, sentence) => {
  const began = process.cpuUsage();
  await into(format, sentence.repeat(2000));
  expect(process.cpuUsage(began).user).toBeLessThan(15_000_000); // microseconds; it was minutes
});

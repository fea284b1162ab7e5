export const formats = ['text', 'markdown', 'html', 'srt', 'vtt'] as const;
export type Format = (typeof formats)[number];

const ENDINGS: Readonly<Record<string, Format>> = {
  md: 'markdown',
  markdown: 'markdown',
  mdown: 'markdown',
  mkd: 'markdown',
  mdx: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  srt: 'srt',
  vtt: 'vtt',
};

/** The format that a file's name says, or 'text'. */
export function formatOf(name: string): Format {
  const ending = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(ENDINGS, ending) ? (ENDINGS[ending] as Format) : 'text';
}

import { parse, parseFragment, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { offsetsOf } from './offsets.ts';
import { type Grammar, inAnyOrder, type Token, type Unit, unitOf } from './unit.ts';

/**
 * HTML, a whole page or a part. What scripts, styles and code say stays, as does what `translate="no"` or another language
 * (`lang`) marks.
 */
export const html: Grammar = {
  units(document, language) {
    const units: Unit[] = [];
    const root = parsed(document);
    const page = childrenOf(root).find(isElement);
    collect(root, { document, units, language: primary((page?.tagName === 'html' && languageOf(page)) || language) });
    return units;
  },
  structure: (document) => outline(parsed(document)),
};

/** Elements within a sentence. */
export const INLINE_TAGS: ReadonlySet<string> = new Set(
  'a abbr acronym b bdi bdo big cite del dfn em font i ins label mark q s small span strike strong sub sup time tt u'.split(
    ' ',
  ),
);
/** Elements that say what a text was before and is now: their order matters. */
const EDITS = new Set('del ins s strike'.split(' '));
/** Elements that stay as they are and stand for a word. */
const FIXED = new Set('code kbd samp var img input wbr svg math output progress meter picture data ruby'.split(' '));
/** Those of them that are no word. */
const ASIDE = new Set('img input wbr svg picture'.split(' '));
/** Elements whose contents are no text. */
const SKIPPED = new Set(
  'script style pre textarea template iframe object embed canvas audio video xmp plaintext'.split(' '),
);
/** Attributes that people read. */
const READ = new Set([
  'alt',
  'title',
  'placeholder',
  'aria-label',
  'aria-description',
  'aria-roledescription',
  'label',
]);

type Element = Tree.Element;
type Node = Tree.Node;
const isElement = (node: Node): node is Element => 'tagName' in node;
const childrenOf = (node: Node): Node[] =>
  'content' in node ? [] : 'childNodes' in node ? (node.childNodes as Node[]) : [];

function parsed(document: string): Tree.Document | Tree.DocumentFragment {
  const whole = /^\s*(<!--[\s\S]*?-->\s*)*<(!doctype|html|head|body)\b/i.test(document);
  const options = { sourceCodeLocationInfo: true, scriptingEnabled: false };
  return whole ? parse(document, options) : parseFragment(document, options);
}

const attribute = (element: Element, name: string) => element.attrs.find((attr) => attr.name === name)?.value;
const languageOf = (element: Element) => attribute(element, 'lang') ?? attribute(element, 'xml:lang');
const primary = (language: string | undefined) => language?.toLowerCase().split(/[-_]/)[0];

type Context = { readonly document: string; readonly units: Unit[]; readonly language: string | undefined };

/** Whether an element is not to be translated; undefined if its parent decides. */
function stays(element: Element, language: string | undefined): boolean | undefined {
  const translate = attribute(element, 'translate')?.toLowerCase();
  if (translate === 'no' || /(^|\s)notranslate(\s|$)/.test(attribute(element, 'class') ?? '')) return true;
  if (translate === 'yes' || translate === '') return false;
  const own = element.tagName === 'html' ? undefined : primary(languageOf(element));
  return own && language && own !== language ? true : undefined;
}

function collect(parent: Node, context: Context): void {
  const { document, units, language } = context;
  let tokens: Token[] = [];
  let pairs = 0;
  const flush = () => {
    units.push(...unitOf(withIgnored(tokens), { quote: escapeText }));
    tokens = [];
  };
  const walk = (node: Node): void => {
    const place = 'sourceCodeLocation' in node ? node.sourceCodeLocation : undefined;
    const range = place && { from: place.startOffset, to: place.endOffset };
    if (node.nodeName === '#text') {
      if (range) tokens.push(...textTokens(range, (node as Tree.TextNode).value, document));
      return;
    }
    if (!isElement(node)) {
      flush();
      return;
    }
    const { tagName } = node;
    const kept = stays(node, language) === true;
    if (!kept) units.push(...attributesOf(node, document));
    const { startTag, endTag } = node.sourceCodeLocation ?? {};
    const inline = isInline(node);
    if (FIXED.has(tagName) || (inline && (kept || childrenOf(node).length === 0))) {
      const aside = ASIDE.has(tagName) || (!kept && inline);
      if (range) tokens.push({ kind: 'fixed', ...range, aside });
      return;
    }
    if (inline && startTag && endTag && isFlat(node)) {
      const pair = pairs++;
      const isLink = tagName === 'a';
      tokens.push({ kind: 'open', pair, from: startTag.startOffset, to: startTag.endOffset, isLink });
      for (const child of childrenOf(node)) walk(child);
      tokens.push({ kind: 'close', pair, from: endTag.startOffset, to: endTag.endOffset });
      return;
    }
    flush(); // a block
    if (kept) collectMarked(node, context);
    else if (!SKIPPED.has(tagName)) collect(node, context);
  };
  for (const child of childrenOf(parent)) walk(child);
  flush();
}

/** Tokens, and between them the tags that the parser ignores. */
const withIgnored = (tokens: readonly Token[]): Token[] =>
  tokens.flatMap((token, i): Token[] => {
    const from = tokens[i - 1]?.to ?? token.from;
    return from < token.from ? [{ kind: 'fixed', from, to: token.from, aside: true }, token] : [token];
  });

/** A text, and in it the tags that the parser ignores, such as an end without a beginning. */
function textTokens(
  { from, to }: { readonly from: number; readonly to: number },
  text: string,
  document: string,
): Token[] {
  const raw = document.slice(from, to);
  const tags = [...raw.matchAll(/<\/?[a-z!?][^<>]*>/gi)].map(({ 0: tag, index }) => ({
    index,
    end: index + tag.length,
  }));
  if (tags.length === 0) return [{ kind: 'text', from, to, text }];
  const rest = raw.replace(/<\/?[a-z!?][^<>]*>/gi, '');
  const offsets = offsetsOf(rest, text);
  if (!offsets) return [{ kind: 'fixed', from, to }];
  const tokens: Token[] = [];
  let [at, left] = [0, 0]; // in the raw text, and in the text without tags
  for (const { index, end } of [...tags, { index: raw.length, end: raw.length }]) {
    const next = left + index - at;
    const said = text.slice(placeIn(offsets, left), placeIn(offsets, next));
    if (said !== '') tokens.push({ kind: 'text', from: from + at, to: from + index, text: said });
    if (end > index) tokens.push({ kind: 'fixed', from: from + index, to: from + end, aside: true });
    [at, left] = [end, next];
  }
  return tokens;
}

/** The first character that is written at an offset or after it. */
const placeIn = (offsets: readonly number[], at: number): number => offsets.findIndex((offset) => offset >= at);

/** What is to be translated within what is not. */
function collectMarked(parent: Node, context: Context): void {
  for (const child of childrenOf(parent)) {
    if (!isElement(child) || SKIPPED.has(child.tagName)) continue;
    if (stays(child, context.language) === false) {
      context.units.push(...attributesOf(child, context.document));
      collect(child, context);
    } else collectMarked(child, context);
  }
}

/** Whether an element stands within a sentence: an element of text, or one of the page's own beside text. */
function isInline(element: Element): boolean {
  if (INLINE_TAGS.has(element.tagName)) return true;
  if (!element.tagName.includes('-') || !element.parentNode) return false;
  return childrenOf(element.parentNode).some(
    (node) => node.nodeName === '#text' && /[\p{L}\p{N}]/u.test((node as Tree.TextNode).value),
  );
}

/** Whether an element has only texts and elements of sentences in it. */
function isFlat(element: Element): boolean {
  return childrenOf(element).every(
    (child) =>
      child.nodeName === '#text' ||
      (isElement(child) &&
        (FIXED.has(child.tagName) ||
          (isInline(child) && child.sourceCodeLocation?.endTag !== undefined && isFlat(child)))),
  );
}

function attributesOf(element: Element, document: string): Unit[] {
  const places = element.sourceCodeLocation?.attrs;
  if (!places) return [];
  return element.attrs.flatMap(({ name, value }): Unit[] => {
    const place = places[name];
    if (!place || !isRead(element, name)) return [];
    const written = document.slice(place.startOffset, place.endOffset);
    const [, before, mark] = /^([^=]+=\s*)(["']?)/.exec(written) ?? [];
    if (before === undefined || mark === undefined) return [];
    const around = mark === '' ? '"' : ''; // without quotes it was one word
    const [from, to] = [place.startOffset + before.length + mark.length, place.endOffset - mark.length];
    const quote = (text: string) =>
      around + text.replace(/&/g, '&amp;').replaceAll(mark || '"', mark === "'" ? '&#39;' : '&quot;') + around;
    return unitOf([{ kind: 'text', from, to, text: value }], { quote });
  });
}

function isRead(element: Element, name: string): boolean {
  if (READ.has(name)) return true;
  const { tagName } = element;
  if (tagName === 'input' && name === 'value') return /^(submit|button|reset)$/i.test(attribute(element, 'type') ?? '');
  const what = attribute(element, 'name') ?? attribute(element, 'property') ?? '';
  return tagName === 'meta' && name === 'content' && /(^|:)(description|title)$/i.test(what);
}

const escapeText = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replaceAll('\u00a0', '&nbsp;');

/** Elements, attributes that nobody reads, comments, and whether there is text. */
function outline(node: Node): unknown {
  if (node.nodeName === '#comment') return (node as Tree.CommentNode).data;
  const children = 'content' in node ? [node.content as Node] : childrenOf(node);
  const isEdit = (child: Node) => EDITS.has(child.nodeName);
  const inner = sentencesIn(children).flatMap((nodes) => [
    ...inAnyOrder(nodes.filter((child) => !isEdit(child)).map(outline)),
    ...nodes.filter(isEdit).map(outline),
  ]);
  const hasText = /\S/.test(textOf(node));
  if (!isElement(node)) return [node.nodeName, inner, hasText];
  const attrs = node.attrs.map(({ name, value }) => (isRead(node, name) ? [name] : [name, value]));
  const isKept = SKIPPED.has(node.tagName) || FIXED.has(node.tagName);
  return [node.tagName, attrs, inner, isKept ? children.map(textOf) : hasText];
}

/** Elements and comments; those of a sentence in a list, any other in one of its own. */
function sentencesIn(nodes: readonly Node[]): Node[][] {
  const lists: Node[][] = [[]];
  for (const node of nodes) {
    if (node.nodeName === '#text') continue;
    if (isElement(node) && (FIXED.has(node.tagName) || isInline(node))) lists.at(-1)?.push(node);
    else lists.push([node], []);
  }
  return lists;
}

const textOf = (node: Node): string =>
  node.nodeName === '#text' ? (node as Tree.TextNode).value : childrenOf(node).map(textOf).join('');

import { parse, parseFragment, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { type Grammar, type Token, type Unit, unitOf } from './unit.ts';

/** HTML, a whole page or a part. What scripts, styles and code say stays, as does what `translate="no"` marks. */
export const html: Grammar = {
  units(document) {
    const units: Unit[] = [];
    collect(parsed(document), document, units);
    return units;
  },
  structure: (document) => outline(parsed(document)),
};

/** Elements within a sentence. */
const INLINE = new Set(
  'a abbr acronym b bdi bdo big cite del dfn em font i ins label mark q s small span strike strong sub sup time tt u'.split(
    ' ',
  ),
);
/** Elements that stay as they are and stand for a word. */
const FIXED = new Set('code kbd samp var img input wbr svg math output progress meter picture data'.split(' '));
/** Elements whose contents are no text. */
const SKIPPED = new Set(
  'script style pre textarea template noscript iframe object embed canvas audio video xmp plaintext'.split(' '),
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
const stays = (element: Element) =>
  attribute(element, 'translate') === 'no' || /(^|\s)notranslate(\s|$)/.test(attribute(element, 'class') ?? '');

function collect(parent: Node, document: string, units: Unit[]): void {
  let tokens: Token[] = [];
  let pairs = 0;
  const flush = () => {
    units.push(...unitOf(tokens, { quote: escapeText }));
    tokens = [];
  };
  const walk = (node: Node): void => {
    const place = 'sourceCodeLocation' in node ? node.sourceCodeLocation : undefined;
    const range = place && { from: place.startOffset, to: place.endOffset };
    if (node.nodeName === '#text') {
      if (range) tokens.push({ kind: 'text', ...range, text: (node as Tree.TextNode).value });
      return;
    }
    if (!isElement(node)) {
      flush();
      return;
    }
    units.push(...attributesOf(node, document));
    const { tagName } = node;
    const { startTag, endTag } = node.sourceCodeLocation ?? {};
    const inline = INLINE.has(tagName);
    if (FIXED.has(tagName) || (inline && (stays(node) || childrenOf(node).length === 0))) {
      if (range) tokens.push({ kind: 'fixed', ...range });
      return;
    }
    if (inline && startTag && endTag && isFlat(node)) {
      const pair = pairs++;
      tokens.push({ kind: 'open', pair, from: startTag.startOffset, to: startTag.endOffset });
      for (const child of childrenOf(node)) walk(child);
      tokens.push({ kind: 'close', pair, from: endTag.startOffset, to: endTag.endOffset });
      return;
    }
    flush(); // a block
    if (!SKIPPED.has(tagName) && !stays(node)) collect(node, document, units);
  };
  for (const child of childrenOf(parent)) walk(child);
  flush();
}

/** Whether an element has only texts and elements of sentences in it. */
function isFlat(element: Element): boolean {
  return childrenOf(element).every(
    (child) =>
      child.nodeName === '#text' ||
      (isElement(child) &&
        (FIXED.has(child.tagName) ||
          (INLINE.has(child.tagName) && child.sourceCodeLocation?.endTag !== undefined && isFlat(child)))),
  );
}

function attributesOf(element: Element, document: string): Unit[] {
  const places = element.sourceCodeLocation?.attrs;
  if (!places || stays(element)) return [];
  return element.attrs.flatMap(({ name, value }): Unit[] => {
    const place = places[name];
    if (!place || !isRead(element, name)) return [];
    const written = document.slice(place.startOffset, place.endOffset);
    const [, before, mark] = /^([^=]+=\s*)(["'])/.exec(written) ?? [];
    if (before === undefined || mark === undefined) return []; // without quotes it is one word
    const from = place.startOffset + before.length + 1;
    const quote = (text: string) => text.replace(/&/g, '&amp;').replaceAll(mark, mark === '"' ? '&quot;' : '&#39;');
    return unitOf([{ kind: 'text', from, to: place.endOffset - 1, text: value }], { quote });
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

/** Elements, attributes that nobody reads, comments, and where texts are. */
function outline(node: Node): unknown {
  if (node.nodeName === '#text') return /\S/.test((node as Tree.TextNode).value) ? 'text' : undefined;
  if (node.nodeName === '#comment') return (node as Tree.CommentNode).data;
  const inner = ('content' in node ? [node.content as Node] : childrenOf(node))
    .map(outline)
    .filter((one) => one !== undefined);
  if (!isElement(node)) return [node.nodeName, inner];
  const attrs = node.attrs.map(({ name, value }) => (isRead(node, name) ? [name] : [name, value]));
  const text = SKIPPED.has(node.tagName) || FIXED.has(node.tagName) ? childrenOf(node).map(textOf) : undefined;
  return [node.tagName, attrs, text ?? inner];
}

const textOf = (node: Node): string =>
  node.nodeName === '#text' ? (node as Tree.TextNode).value : childrenOf(node).map(textOf).join('');

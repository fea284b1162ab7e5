import type { Nodes, Parents, PhrasingContent, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { frontmatter } from 'micromark-extension-frontmatter';
import { gfm } from 'micromark-extension-gfm';
import { html, INLINE_TAGS } from './html.ts';
import { type Masked, masked } from './markdown-extras.ts';
import { careful, plainly } from './markdown-quotes.ts';
import { offsetsOf } from './offsets.ts';
import { type Grammar, inAnyOrder, type Token, type Unit, unitOf } from './unit.ts';

/** CommonMark with GitHub's additions, front matter, and what `markdown-extras.ts` knows. */
export const markdown: Grammar = {
  units(document, language) {
    const { mask, root } = read(document);
    return unitsIn(root, { document, mask, language });
  },
  structure(document) {
    const { mask, root } = read(document);
    return [outline(root), inAnyOrder(mask.parts)];
  },
};

type Context = { readonly document: string; readonly mask: Masked; readonly language: string | undefined };

const KINDS = ['yaml', 'toml'] as const;
/** What is never text; nothing in it is masked. */
const LITERAL = new Set(['code', 'inlineCode', 'html', 'yaml', 'toml', 'definition']);

/** Parses twice: the first time to find code. */
function read(document: string): { readonly mask: Masked; readonly root: Root } {
  const literal: Nodes[] = [];
  const find = (node: Nodes): void => {
    if (LITERAL.has(node.type)) literal.push(node);
    else if ('children' in node) (node as Parents).children.forEach(find);
  };
  const root = parse(document);
  find(root);
  const mask = masked(document, ({ from, to }) => !literal.some((node) => start(node) < to && from < end(node)));
  return { mask, root: mask.parts.length > 0 ? parse(mask.text) : root };
}

/** Front matter that ends: its parser takes what follows a mere `---` for paragraphs. */
const FRONT_MATTER = /^(---|\+\+\+)[ \t]*(?:\r\n|\n|\r)(?:[\s\S]*?[\r\n])?\1[ \t]*(?![^\r\n])/;

function parse(document: string): Root {
  const has = FRONT_MATTER.test(document);
  return fromMarkdown(document, {
    extensions: [...(has ? [frontmatter([...KINDS])] : []), gfm()],
    mdastExtensions: [...(has ? [frontmatterFromMarkdown([...KINDS])] : []), gfmFromMarkdown()],
  });
}

const start = (node: Nodes): number => node.position?.start.offset as number;
const end = (node: Nodes): number => node.position?.end.offset as number;

function unitsIn(node: Nodes, context: Context): Unit[] {
  const { document, language } = context;
  if (node.type === 'paragraph' || node.type === 'heading' || node.type === 'tableCell') {
    const lists: Token[][] = [[]];
    const inner: Unit[] = [];
    addTokens(node.children, context, { lists, inner, pair: 0 });
    const place = { paragraph: node.type === 'paragraph', cell: node.type === 'tableCell' };
    const quotes = {
      quote: (text: string, start: boolean) => plainly(text, start, place),
      careful: (text: string, start: boolean) => careful(text, start, place),
    };
    return [...lists.flatMap((tokens) => unitOf(tokens, quotes)), ...inner];
  }
  if (node.type === 'html') {
    const from = start(node);
    if (document.slice(from, end(node)) !== node.value) return []; // in a quotation
    return html.units(node.value, language).map((unit) => ({ ...unit, tokens: unit.tokens.map(movedBy(from)) }));
  }
  return 'children' in node ? (node as Parents).children.flatMap((child) => unitsIn(child, context)) : [];
}

const movedBy =
  (by: number) =>
  (token: Token): Token => ({ ...token, from: token.from + by, to: token.to + by });

type Collected = { readonly lists: Token[][]; readonly inner: Unit[]; pair: number };

/** Adds the tokens of inline content; a line break begins another list. */
function addTokens(nodes: readonly PhrasingContent[], context: Context, into: Collected): void {
  const add = (...tokens: Token[]) => into.lists.at(-1)?.push(...tokens);
  const next = () => into.lists.push([]);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as PhrasingContent;
    const [from, to] = [start(node), end(node)];
    if (node.type === 'text') addText(node, context, add, next);
    else if (node.type === 'break' || (node.type === 'html' && /^<br\b/i.test(node.value))) next();
    else if (node.type === 'html') {
      const last = endOfElement(nodes, i);
      const name = /^<([a-z][\w-]*)\b/i.exec(node.value)?.[1]?.toLowerCase();
      if (last > i && name !== undefined && INLINE_TAGS.has(name) && !/\btranslate=["']?no\b/i.test(node.value)) {
        const pair = into.pair++;
        add({ kind: 'open', pair, from, to, isLink: name === 'a' });
        addTokens(nodes.slice(i + 1, last), context, into);
        add({ kind: 'close', pair, from: start(nodes[last] as Nodes), to: end(nodes[last] as Nodes) });
      } else add({ kind: 'fixed', from, to: end(nodes[last] as Nodes), aside: last === i });
      i = last;
    } else if (!isMarkup(node, context.document)) {
      const isWord = node.type === 'inlineCode' || (node as Nodes).type === 'link';
      add({ kind: 'fixed', from, to, aside: !isWord });
      if (node.type === 'image' || (node.type === 'imageReference' && node.referenceType === 'full'))
        into.inner.push(...describing(node, context.document));
    } else if (breaksIn(node, context.mask)) {
      next();
      addTokens(node.children, context, into);
      next();
    } else {
      const pair = into.pair++;
      const isLink = node.type === 'link' || node.type === 'linkReference';
      add({ kind: 'open', pair, from, to: start(node.children[0] as Nodes), isLink });
      addTokens(node.children, context, into);
      const at = end(node.children.at(-1) as Nodes);
      const label = node.type === 'linkReference' && node.referenceType !== 'full' && labelOf(node, context.document);
      add({ kind: 'close', pair, from: at, to, ...(label ? { written: `][${label}]` } : {}) });
    }
  }
}

/** The text of a short reference, [such], is its label as well; translated, it needs one: [so][such]. */
const labelOf = (node: Nodes & Parents, document: string): string =>
  document.slice(start(node.children[0] as Nodes), end(node.children.at(-1) as Nodes));

/** A text, and in it the parts that are masked. */
function addText(node: Nodes & { value: string }, { mask }: Context, add: (token: Token) => void, next: () => void) {
  const [from, to] = [start(node), end(node)];
  const parts = new RegExp(`${mask.word}+|${mask.apart}+`, 'g');
  const found = [...mask.text.slice(from, to).matchAll(parts)];
  const places = found.length > 0 ? offsetsOf(mask.text.slice(from, to), node.value) : undefined;
  if (!places) {
    if (found.length === 0) add({ kind: 'text', from, to, text: node.value });
    else add({ kind: 'fixed', from, to });
    return;
  }
  let at = 0;
  for (const { 0: part, index } of node.value.matchAll(parts)) {
    const [begin, stop] = [places[index] as number, places[index + part.length] as number];
    if (index > at)
      add({ kind: 'text', from: from + (places[at] as number), to: from + begin, text: node.value.slice(at, index) });
    if (part.startsWith(mask.word)) add({ kind: 'fixed', from: from + begin, to: from + stop });
    else next();
    at = index + part.length;
  }
  if (at < node.value.length)
    add({ kind: 'text', from: from + (places[at] as number), to, text: node.value.slice(at) });
}

/** The description of a picture, if it has no markup. */
function describing(node: Nodes & { alt?: string | null }, document: string): Unit[] {
  const [from, alt] = [start(node) + 2, node.alt ?? ''];
  if (alt === '' || !document.startsWith(`${alt}]`, from)) return [];
  const quote = (text: string) => careful(text, false, { paragraph: false, cell: false });
  return unitOf([{ kind: 'text', from, to: from + alt.length, text: alt }], { quote });
}

type Markup = Extract<PhrasingContent, { children: unknown }>;

/** Whether it is markup around text, and not an address that is its own text. */
function isMarkup(node: PhrasingContent, document: string): node is Markup {
  if (!('children' in node) || node.children.length === 0) return false;
  const [first, last] = [node.children[0] as Nodes, node.children.at(-1) as Nodes];
  if (node.type === 'link' && (document[start(node)] === '<' || start(first) === start(node))) return false;
  return start(first) >= start(node) && end(last) <= end(node);
}

const breaksIn = (node: Nodes, mask: Masked): boolean =>
  node.type === 'break' ||
  (node.type === 'html' && /^<br\b/i.test(node.value)) ||
  (node.type === 'text' && node.value.includes(mask.apart)) ||
  ('children' in node && (node as Parents).children.some((child) => breaksIn(child, mask)));

/** The number of the node that ends an element of inline HTML, which stays with what is in it: `<kbd>Strg</kbd>`. */
function endOfElement(nodes: readonly PhrasingContent[], i: number): number {
  const nameOf = (node: Nodes | undefined) =>
    node?.type === 'html' ? /^<(\/?[a-z][\w-]*)\b/i.exec(node.value)?.[1]?.toLowerCase() : undefined;
  const name = nameOf(nodes[i]);
  if (name === undefined || name.startsWith('/') || (nodes[i] as { value: string }).value.endsWith('/>')) return i;
  let depth = 0;
  for (let j = i; j < nodes.length; j++) {
    const other = nameOf(nodes[j]);
    if (other === name) depth++;
    else if (other === `/${name}` && --depth === 0) return j;
  }
  return i;
}

const HAS_SENTENCES = new Set('paragraph heading tableCell emphasis strong delete link linkReference'.split(' '));

/** Everything but what texts say: types, addresses, code, levels. */
function outline(node: Nodes): unknown {
  if (node.type === 'html') return ['html', html.structure(node.value)];
  const { children, position: _, value, ...facts } = node as Nodes & { children?: Nodes[]; value?: unknown };
  const inner = children?.filter((child) => child.type !== 'text').map(outline);
  const parts = inner && HAS_SENTENCES.has(node.type) ? inAnyOrder(inner) : inner;
  return [{ ...facts, ...sameForm(node) }, value, parts, hasText(node)];
}

const hasText = (node: Nodes): boolean =>
  node.type === 'text' ? node.value.trim() !== '' : 'children' in node && (node as Parents).children.some(hasText);

/** What a translation may change: the form of a reference, its label's letter case, and the description of a picture. */
const sameForm = (node: Nodes): object =>
  node.type === 'linkReference'
    ? { referenceType: '', label: '' }
    : node.type === 'image' || (node.type === 'imageReference' && node.referenceType === 'full')
      ? { alt: '' }
      : {};

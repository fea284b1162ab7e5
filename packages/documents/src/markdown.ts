import type { Nodes, Parents, PhrasingContent, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { frontmatter } from 'micromark-extension-frontmatter';
import { gfm } from 'micromark-extension-gfm';
import { type Grammar, type Token, type Unit, unitOf } from './unit.ts';

/** CommonMark with GitHub's additions and front matter. Code, HTML, addresses and front matter stay. */
export const markdown: Grammar = {
  units: (document) => unitsIn(parse(document), document),
  structure: (document) => outline(parse(document)),
};

const KINDS = ['yaml', 'toml'] as const;

function parse(document: string): Root {
  return fromMarkdown(document, {
    extensions: [frontmatter([...KINDS]), gfm()],
    mdastExtensions: [frontmatterFromMarkdown([...KINDS]), gfmFromMarkdown()],
  });
}

const start = (node: Nodes): number => node.position?.start.offset as number;
const end = (node: Nodes): number => node.position?.end.offset as number;

function unitsIn(node: Nodes, document: string): Unit[] {
  if (node.type === 'paragraph' || node.type === 'heading' || node.type === 'tableCell') {
    const lists: Token[][] = [[]];
    addTokens(node.children, document, lists, { pair: 0 });
    const cell = node.type === 'tableCell';
    const quote = (text: string, first: boolean) => escapeText(text, first && node.type === 'paragraph', cell);
    return lists.flatMap((tokens) => unitOf(tokens, { quote }));
  }
  return 'children' in node ? (node as Parents).children.flatMap((child) => unitsIn(child, document)) : [];
}

/** Adds the tokens of inline content; a line break begins another list. */
function addTokens(
  nodes: readonly PhrasingContent[],
  document: string,
  lists: Token[][],
  counter: { pair: number },
): void {
  const add = (token: Token) => lists.at(-1)?.push(token);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as PhrasingContent;
    const [from, to] = [start(node), end(node)];
    if (node.type === 'text') add({ kind: 'text', from, to, text: node.value });
    else if (node.type === 'break' || (node.type === 'html' && /^<br\b/i.test(node.value))) lists.push([]);
    else if (node.type === 'html') {
      const last = endOfElement(nodes, i);
      add({ kind: 'fixed', from, to: end(nodes[last] as Nodes) });
      i = last;
    } else if (!isMarkup(node, document)) add({ kind: 'fixed', from, to });
    else if (breaksIn(node)) {
      lists.push([]);
      addTokens(node.children, document, lists, counter);
      lists.push([]);
    } else {
      const pair = counter.pair++;
      add({ kind: 'open', pair, from, to: start(node.children[0] as Nodes) });
      addTokens(node.children, document, lists, counter);
      add({ kind: 'close', pair, from: end(node.children.at(-1) as Nodes), to });
    }
  }
}

type Markup = Extract<PhrasingContent, { children: unknown }>;

/** Whether it is markup around text, and not an address that is its own text. */
function isMarkup(node: PhrasingContent, document: string): node is Markup {
  if (!('children' in node) || node.children.length === 0) return false;
  const [first, last] = [node.children[0] as Nodes, node.children.at(-1) as Nodes];
  if (node.type === 'link' && (document[start(node)] === '<' || start(first) === start(node))) return false;
  return start(first) >= start(node) && end(last) <= end(node);
}

const breaksIn = (node: Nodes): boolean =>
  node.type === 'break' || ('children' in node && (node as Parents).children.some(breaksIn));

/** The number of the node that ends an element of inline HTML, which stays with what is in it: `<kbd>Strg</kbd>`. */
function endOfElement(nodes: readonly PhrasingContent[], i: number): number {
  const tag = (nodes[i] as Extract<PhrasingContent, { type: 'html' }>).value;
  const name = /^<([a-z][\w-]*)\b/i.exec(tag)?.[1];
  if (name === undefined || tag.endsWith('/>')) return i;
  const close = new RegExp(`^</${name}\\s*>$`, 'i');
  const found = nodes.findIndex((node, j) => j > i && node.type === 'html' && close.test(node.value));
  return found < 0 ? i : found;
}

function escapeText(text: string, first: boolean, cell: boolean): string {
  const inline = text
    .replace(/[\\`*_[\]<>~]/g, '\\$&')
    .replace(/&(?=#?\w+;)/g, '\\&')
    .replace(/!(?=\\\[)/g, '\\!');
  const safe = cell ? inline.replaceAll('|', '\\|') : inline;
  if (!first) return safe;
  return safe.replace(/^(\s*)([-+#=])/, '$1\\$2').replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, '$1\\$2');
}

/** Everything but what texts say: types, addresses, code, levels. */
function outline(node: Nodes): unknown {
  const { type } = node;
  if (type === 'text') return 'text';
  const { children, position: _, value, ...facts } = node as Nodes & { children?: Nodes[]; value?: unknown };
  const inner = children?.map(outline).filter((one, i, all) => !(one === 'text' && all[i - 1] === 'text'));
  return [facts, value, inner];
}

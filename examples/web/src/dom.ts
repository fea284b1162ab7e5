type Attributes = Record<string, string | number | boolean | undefined>;
type Child = Node | string;

const SVG = 'http://www.w3.org/2000/svg';

function fill(node: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children);
}

/** An element with attributes and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(name);
  fill(node, attributes, children);
  return node;
}

/** The same for SVG. */
export function svg(name: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const node = document.createElementNS(SVG, name) as SVGElement;
  fill(node, attributes, children);
  return node;
}

/** The element of index.html with this id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}.`);
  return found as T;
}

/** Runs `work` once there has been no call for `ms` milliseconds. */
export function afterPause(ms: number, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
}

export function saveFile(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const address = URL.createObjectURL(new Blob([bytes]));
  el('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** What went wrong, for the reader of the page: our errors explain themselves. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^\[ringformer[^\]]*\] /, '') : String(error);
}

export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

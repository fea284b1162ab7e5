import { RingformerError } from '@ringformer/core/base';

/**
 * What hypotheses are compared with: one reference for each (`references[line]`), or several streams as in sacreBLEU
 * (`references[stream][line]`), with null for a reference that a line does not have.
 */
export type References = readonly string[] | readonly (readonly (string | null)[])[];

/** The references of every line, and their number as a signature shows it. */
export type Aligned = { readonly lines: readonly (readonly string[])[]; readonly nrefs: string };

/** Matches references with hypotheses. Throws `bad-argument` if they do not fit or there are none. */
export function alignReferences(hypotheses: readonly string[], references: References): Aligned {
  const streams = references.every((item) => typeof item === 'string') ? [references] : references;
  if (hypotheses.length === 0 || references.length === 0) {
    refuse(`A score needs a hypothesis and a reference; got ${hypotheses.length} and ${references.length}.`);
  }
  for (const [i, stream] of streams.entries()) {
    if (stream.length === hypotheses.length) continue;
    refuse(
      `There are ${hypotheses.length} hypotheses and ${stream.length} references${streams.length > 1 ? ` in stream ${i}` : ''}.`,
    );
  }
  const lines = hypotheses.map((_, line) => {
    const found = streams.map((stream) => stream[line]).filter((text) => typeof text === 'string');
    return found.length > 0 ? found : refuse(`Line ${line} has no reference.`);
  });
  const numbers = new Set(lines.map((line) => line.length));
  return { lines, nrefs: numbers.size > 1 ? 'var' : String(lines[0]?.length) };
}

function refuse(message: string): never {
  throw new RingformerError('bad-argument', `[ringformer/text] ${message}`);
}

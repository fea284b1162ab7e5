import { checkLayout, checkTable, exportNames, importNames, type Raw, RingformerError } from '@ringformer/core/base';
import { asWholeRing } from '@ringformer/level-signals/spec';
import type { Layout } from './architecture.ts';
import type { Seq2seqConfig } from './config.ts';
import { ringFormer } from './ring-former.ts';

/** True for a state_dict with the reference's names, with or without the prefixes of its wrappers. */
export function isReference(raw: Record<string, Raw>): boolean {
  return Object.keys(raw).some((name) => name.endsWith('emb_layer.emb_layer.weight'));
}

/**
 * The authors' names → ours. Their fixed tables, and the copies of a table that our configuration ties, are checked
 * against ours and left out; embeddings that ours scales by √d are divided by it.
 * @throws RingformerError 'bad-checkpoint' if a stored table differs from the one that we compute, or if tables to be tied
 * differ; 'bad-config' if `config` is for another architecture.
 */
export function importReference(
  config: Seq2seqConfig,
  raw: Record<string, Raw>,
  layout: Layout = ringFormer,
): Record<string, Raw> {
  checkLayout('seq2seq', config, layout);
  const renamed = tie(config, importNames(layout.names, raw));
  for (const table of layout.tables(config)) {
    const stored = renamed[table.name];
    if (stored) checkTable('seq2seq', table, stored, HINT);
    delete renamed[table.name];
  }
  return renamed;
}

const HINT = "Fix the configuration; learned positions need positions 'learned'.";
const EMBEDDINGS = ['encoder.tokens', 'decoder.tokens'];

/** Tables that `config` ties become one again: the output layer's, which was never scaled. */
function tie({ tie, dim, scaleEmbedding }: Seq2seqConfig, named: Record<string, Raw>): Record<string, Raw> {
  const { 'head.weight': head, ...rest } = scaleEmbedding ? scaled(named, EMBEDDINGS, dim ** -0.5) : named;
  const tokens = rest['decoder.tokens'];
  if (tie === 'none' || !head || !tokens) return head ? { ...rest, 'head.weight': head } : rest;
  for (const name of tie === 'all' ? EMBEDDINGS : ['decoder.tokens']) {
    const table = rest[name];
    if (table && !alike(table, head)) {
      throw new RingformerError(
        'bad-checkpoint',
        `[ringformer/seq2seq] ${name} differs from the output layer's table. Import it with tie '${tie === 'all' ? "output' or 'none" : 'none'}'.`,
      );
    }
    if (tie === 'all') delete rest[name];
  }
  return { ...rest, 'decoder.tokens': head };
}

/** Equal, except for rounding when scaling by √d and back. */
function alike(a: Raw, b: Raw): boolean {
  return a.data.length === b.data.length && a.data.every((x, i) => Math.abs(x - b.data[i]!) <= 1e-6 * Math.abs(x));
}

function scaled(raw: Record<string, Raw>, names: readonly string[], factor: number): Record<string, Raw> {
  const scale = (x: Raw): Raw => ({ ...x, data: Float32Array.from(x.data, (value) => value * factor) });
  return Object.fromEntries(Object.entries(raw).map(([name, x]) => [name, names.includes(name) ? scale(x) : x]));
}

/**
 * Our names → the authors', including fixed tables and copies of tied tables. Their model loads it strictly and computes the
 * same: it does not scale embeddings, so they are stored scaled, and knows only whole rings, so an ablated one becomes one.
 * @throws RingformerError 'bad-config' if signals are static
 */
export function exportReference(
  config: Seq2seqConfig,
  raw: Record<string, Raw>,
  layout: Layout = ringFormer,
): Record<string, Raw> {
  checkLayout('seq2seq', config, layout);
  const whole = asWholeRing('seq2seq', layout.spec, config, raw);
  const tokens = whole['decoder.tokens'] as Raw;
  const copies = { 'encoder.tokens': tokens, 'head.weight': tokens, ...whole };
  const untied = config.scaleEmbedding ? scaled(copies, EMBEDDINGS, config.dim ** 0.5) : copies;
  const tables = layout
    .tables(config)
    .map(({ name, shape, fill }): [string, Raw] => [name, { dtype: 'F32', shape, data: fill(shape) }]);
  return { ...exportNames(layout.names, untied), ...Object.fromEntries(tables) };
}

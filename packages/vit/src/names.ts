import {
  checkLayout,
  checkTable,
  exportNames,
  type FixedTable,
  importNames,
  type Raw,
  RingformerError,
} from '@ringformer/core/base';
import { asWholeRing } from '@ringformer/level-signals/spec';
import type { Layout } from './architecture.ts';
import type { VitConfig } from './config.ts';
import { CLASS_TOKEN, PATCHES } from './name-tables.ts';
import { ringFormer } from './ring-former.ts';

/** True for a state_dict with the reference's names, with or without the prefixes of its wrappers. */
export function isReference(raw: Record<string, Raw>): boolean {
  return Object.keys(raw).some((name) => name.endsWith('transformer.embeddings.cls_token'));
}

/**
 * The authors' names and shapes → ours. Their fixed tables are checked against their formulas and left out.
 * @throws RingformerError 'bad-checkpoint' if a stored table differs from the one that we compute; 'bad-config' if `config`
 * is for another architecture.
 */
export function importReference(
  config: VitConfig,
  raw: Record<string, Raw>,
  layout: Layout = ringFormer,
): Record<string, Raw> {
  checkLayout('vit', config, layout);
  const renamed = importNames(layout.names, raw);
  for (const table of layout.tables(config)) {
    const stored = renamed[table.name];
    if (stored) checkSame(table, stored);
    delete renamed[table.name];
  }
  const { channels, patchSize, dim } = config;
  reshape(renamed, PATCHES, [dim, channels, patchSize, patchSize], [dim, channels * patchSize ** 2]);
  reshape(renamed, CLASS_TOKEN, [1, 1, dim], [dim]);
  return renamed;
}

/**
 * Our names and shapes → the authors', including fixed tables, so that their model loads it strictly. It knows only whole
 * rings, so an ablated one becomes one that computes the same.
 * @throws RingformerError 'bad-config' if signals are static
 */
export function exportReference(
  config: VitConfig,
  raw: Record<string, Raw>,
  layout: Layout = ringFormer,
): Record<string, Raw> {
  checkLayout('vit', config, layout);
  const { channels, patchSize, dim } = config;
  const shaped = { ...asWholeRing('vit', layout.spec, config, raw) };
  reshape(shaped, PATCHES, [dim, channels * patchSize ** 2], [dim, channels, patchSize, patchSize]);
  reshape(shaped, CLASS_TOKEN, [dim], [1, 1, dim]);
  const tables = layout
    .tables(config)
    .map(({ name, shape, fill }): [string, Raw] => [name, { dtype: 'F32', shape, data: fill(shape) }]);
  return { ...exportNames(layout.names, shaped), ...Object.fromEntries(tables) };
}

/** The same numbers in another shape. A tensor of another shape is kept, so that the check against the spec lists it. */
function reshape(raw: Record<string, Raw>, name: string, from: readonly number[], to: readonly number[]): void {
  const given = raw[name];
  if (given && String(given.shape) === String(from)) raw[name] = { ...given, shape: to };
}

function checkSame(table: FixedTable, stored: Raw): void {
  if (String(stored.shape) !== String(table.shape)) {
    throw new RingformerError(
      'bad-checkpoint',
      `[ringformer/vit] ${table.name} is [${stored.shape}]; expected [${table.shape}]. Fix the configuration.`,
    );
  }
  checkTable('vit', table, stored, 'Fix the configuration.');
}

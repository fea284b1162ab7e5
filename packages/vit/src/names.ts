import { exportNames, importNames, type Raw, RingformerError } from '@ringformer/core/base';
import { checkLayout, type Layout } from './architecture.ts';
import type { VitConfig } from './config.ts';
import { CLASS_TOKEN, PATCHES } from './name-tables.ts';
import { ringLayout } from './ring-layout.ts';

/** True for a state_dict with the reference's names, with or without the prefixes of its wrappers. */
export function isReference(raw: Record<string, Raw>): boolean {
  return Object.keys(raw).some((name) => name.endsWith('transformer.embeddings.cls_token'));
}

/**
 * The authors' names and shapes → ours. Their fixed tables are checked against their formulas and left out.
 * @throws RingformerError 'bad-checkpoint' where a stored table is not the one that we would compute; 'bad-config' where
 * `config` is of another architecture.
 */
export function importReference(
  config: VitConfig,
  raw: Record<string, Raw>,
  layout: Layout = ringLayout,
): Record<string, Raw> {
  checkLayout(config, layout);
  const renamed = importNames(layout.names, raw);
  for (const { name, shape, fill } of layout.tables(config)) {
    const stored = renamed[name];
    if (stored) checkTable(name, shape, fill(), stored);
    delete renamed[name];
  }
  const { channels, patchSize, dim } = config;
  reshape(renamed, PATCHES, [dim, channels, patchSize, patchSize], [dim, channels * patchSize ** 2]);
  reshape(renamed, CLASS_TOKEN, [1, 1, dim], [dim]);
  return renamed;
}

/** Our names and shapes → the authors', fixed tables included, so that their model loads it strictly. */
export function exportReference(
  config: VitConfig,
  raw: Record<string, Raw>,
  layout: Layout = ringLayout,
): Record<string, Raw> {
  checkLayout(config, layout);
  const { channels, patchSize, dim } = config;
  const shaped = { ...raw };
  reshape(shaped, PATCHES, [dim, channels * patchSize ** 2], [dim, channels, patchSize, patchSize]);
  reshape(shaped, CLASS_TOKEN, [dim], [1, 1, dim]);
  const tables = layout
    .tables(config)
    .map(({ name, shape, fill }): [string, Raw] => [name, { dtype: 'F32', shape, data: fill() }]);
  return { ...exportNames(layout.names, shaped), ...Object.fromEntries(tables) };
}

/** The same numbers in another shape; a tensor of an unexpected shape stays, for the check against the spec to list. */
function reshape(raw: Record<string, Raw>, name: string, from: readonly number[], to: readonly number[]): void {
  const given = raw[name];
  if (given && String(given.shape) === String(from)) raw[name] = { ...given, shape: to };
}

function checkTable(name: string, shape: readonly number[], wanted: Float32Array, { shape: given, data }: Raw): void {
  const same = String(given) === String(shape);
  const worst = same ? wanted.reduce((most, x, i) => Math.max(most, Math.abs(x - (data[i] as number))), 0) : Number.NaN;
  if (worst < 1e-4) return;
  const how = same ? `differs from the table that its formula gives by ${worst}` : `is [${given}], not [${shape}]`;
  throw new RingformerError('bad-checkpoint', `[ringformer/vit] ${name} ${how}. Fix the configuration.`);
}

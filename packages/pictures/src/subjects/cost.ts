import type { Bars } from '../picture.ts';
import { decimal, percent, roundUp } from './parts.ts';

/** Amounts by what they are for: { attention: 1200, 'level signals': 90 }. */
type Amounts = Readonly<Record<string, number>>;

/**
 * What a model costs beside a vanilla Transformer of the same widths and depth. `name`: 'parameters' or 'operations';
 * `label`: what is counted, with the pass that it is of.
 */
export function costPicture(
  own: Amounts,
  vanilla: Amounts,
  {
    name,
    title,
    label,
    model,
  }: { readonly name: string; readonly title: string; readonly label: string; readonly model: string },
): Bars {
  const groups = [...new Set([...Object.keys(own), ...Object.keys(vanilla)])].filter(
    (group) => (own[group] ?? 0) + (vanilla[group] ?? 0) > 0,
  );
  const total = (amounts: Amounts) => groups.reduce((sum, group) => sum + (amounts[group] ?? 0), 0);
  const [unit, word] = unitOf(Math.max(total(own), total(vanilla)));
  const rows = [...groups, 'total'];
  const valuesOf = (amounts: Amounts) => [
    ...groups.map((group) => (amounts[group] ?? 0) / unit),
    total(amounts) / unit,
  ];
  const signals = own.signals ?? own.signal ?? 0;
  return {
    kind: 'bars',
    name: `cost-${name}`,
    title,
    says: [
      `${model}: ${decimal(total(own) / unit)} ${word} ${label}. A vanilla Transformer of the same widths and depth: ${decimal(total(vanilla) / unit)} ${word}, ${decimal(total(vanilla) / total(own))} times as many.`,
      signals > 0 ? `Level signals are ${percent(signals / total(own))} of them.` : 'It has no level signals.',
    ],
    paper: 'one shared block instead of one for each level saves parameters; the signals cost some computation.',
    rows: { label: 'part', names: rows },
    value: {
      label: `${label} (${word})`,
      from: 0,
      to: roundUp(Math.max(total(own), total(vanilla)) / unit),
      digits: 2,
    },
    series: [
      { name: model, values: valuesOf(own) },
      { name: 'vanilla', values: valuesOf(vanilla) },
    ],
  };
}

const unitOf = (most: number): [number, string] =>
  most >= 1e9 ? [1e9, 'billion'] : most >= 1e6 ? [1e6, 'million'] : most >= 1e3 ? [1e3, 'thousand'] : [1, ''];

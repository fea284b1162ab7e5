import { costPicture, type Picture } from '@ringformer/pictures';
import type { Cost } from '../cost/show-cost.ts';

/** Names of what multiply–adds are for. */
const PARTS: Readonly<Record<string, string>> = {
  embedding: 'embedding',
  projection: 'projections',
  attention: 'attention',
  signal: 'signals',
  ffn: 'feed-forward',
  output: 'output',
};

/** What a model costs, beside a vanilla one. `pass`: what multiply–adds are of. */
export function costPictures({ parameters, cost, vanilla }: Cost, model: string, pass: string): Picture[] {
  const groups = ({ total: _, ...rest }: Cost['parameters']) => rest;
  const parts = ({ parts }: Cost['cost']) =>
    Object.fromEntries(Object.entries(parts).map(([part, macs]) => [PARTS[part] ?? part, macs]));
  return [
    costPicture(groups(parameters), groups(vanilla.parameters), {
      name: 'parameters',
      title: 'What the parameters are for',
      label: 'parameters',
      model,
    }),
    costPicture(parts(cost), parts(vanilla.cost), {
      name: 'operations',
      title: `What is computed: ${pass}`,
      label: 'multiply–adds',
      model,
    }),
  ];
}

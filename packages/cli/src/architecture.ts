import type { Architecture } from '@ringformer/seq2seq';
import type { Architecture as VisionArchitecture } from '@ringformer/vit';

/** The architectures of translation models, the ring first. */
export const ARCHITECTURES = ['ring', 'vanilla', 'universal', 'owf'] as const;

/** The architecture that a configuration names; undefined for the ring, and for a name this program does not know. */
export async function architectureNamed(name: string): Promise<Architecture | undefined> {
  if (name === 'ring') return undefined;
  const { baselines } = await import('@ringformer/seq2seq/baselines');
  return Object.hasOwn(baselines, name) ? baselines[name] : undefined;
}

/** The same for image classifiers. */
export async function vitArchitectureNamed(name: string): Promise<VisionArchitecture | undefined> {
  if (name === 'ring') return undefined;
  const { baselines } = await import('@ringformer/vit/baselines');
  return Object.hasOwn(baselines, name) ? baselines[name] : undefined;
}

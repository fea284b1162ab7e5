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

/** A vanilla Transformer for translation: what the ring is compared with. */
export const vanillaOf = async (): Promise<Architecture> => (await architectureNamed('vanilla')) as Architecture;

/** The same for image classifiers. */
export async function vitArchitectureNamed(name: string): Promise<VisionArchitecture | undefined> {
  if (name === 'ring') return undefined;
  const { baselines } = await import('@ringformer/vit/baselines');
  return Object.hasOwn(baselines, name) ? baselines[name] : undefined;
}

export const vanillaVit = async (): Promise<VisionArchitecture> =>
  (await vitArchitectureNamed('vanilla')) as VisionArchitecture;

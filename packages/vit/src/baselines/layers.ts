/** Layers that share nothing are kept apart, not stacked: a stacked leaf would be copied into its slices at every call. */
export type Layers<Layer> = { readonly [i: string]: Layer };

/** `count` times the same, by number. */
export function layersOf<Layer>(count: number, layer: Layer): Layers<Layer> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [i, layer]));
}

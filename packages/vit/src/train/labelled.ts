/** Images [b c h w], flat, and their labels [b]; with mixup each image is a mixture with that of `others`, `share` of it its own. */
export type LabelledBatch = {
  readonly images: Float32Array;
  readonly shape: readonly [number, number, number, number];
  readonly labels: Int32Array;
  readonly mixed?: { readonly others: Int32Array; readonly share: number };
};

/** Images [b c h w], flat, and their labels [b]. With mixup, `share` of each image is its own, the rest that of `others`. */
export type LabelledBatch = {
  readonly images: Float32Array;
  readonly shape: readonly [number, number, number, number];
  readonly labels: Int32Array;
  readonly mixed?: { readonly others: Int32Array; readonly share: number };
};

import { type AnyParams, architectureOf, tokenCount, type Vit } from '@ringformer/vit';
import { signalsRead } from './parameters.ts';
import { attended, type PassCost, type Product, sumOf, weighted } from './products.ts';

/** A classifier's configuration, and its architecture unless it is the ring. */
export type VisionModel = Pick<Vit<AnyParams>, 'config' | 'architecture'>;

export type VisionPass = {
  /** How many images. Default 1. */
  readonly images?: number;
  /** How many levels are passed. Default: all. */
  readonly levels?: number;
  /**
   * Whether the last level computes all tokens, as the authors' program does, or only the class token, which suffices for
   * the answer. Default false.
   */
  readonly allTokens?: boolean;
};

/** What classifying images costs, in closed form, for any architecture. */
export function visionCost(model: VisionModel, { images = 1, levels, allTokens = false }: VisionPass = {}): PassCost {
  const { config } = model;
  const { dim: d, mlpDim: f, rank, ffnRank, channels, patchSize, classes } = config;
  const n = tokenCount(config);
  const places = architectureOf(model).levels(config).slice(0, levels);
  const products: Product[] = [weighted('embedding', images * (n - 1), d, channels * patchSize ** 2)];
  places.forEach(({ signals }, i) => {
    const out = allTokens || i < places.length - 1 ? n : 1; // tokens that the level computes
    products.push(
      weighted('projection', images * n, d, d, 2), // keys, values
      weighted('projection', images * out, d, d, 2), // queries, output
      attended(images * out * n, d),
      weighted('ffn', images * out, d, f, 2),
    );
    if (signals) {
      const read = signalsRead(config);
      products.push(
        weighted('signal', images * n, rank, d, 2 * read.attention),
        weighted('signal', images * out, ffnRank, d, 2 * read.ffn),
      );
    }
  });
  return sumOf([...products, weighted('output', images, classes, d)]);
}

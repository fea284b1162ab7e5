import type { Raw } from '@ringformer/core/base';
import { type Seq2seqConfig, seq2seqConfig } from '@ringformer/seq2seq';
import { type VitConfig, vitConfig } from '@ringformer/vit';
import { FailedError } from '../errors.ts';

/** What the shapes of weights do not show. */
export type Unknowns = {
  readonly heads: number;
  /** Needed if only a learned level table depends on the number of tokens. */
  readonly imageSize: number | undefined;
  readonly padId: number;
  readonly bosId: number;
  readonly eosId: number;
};

export type Tensors = Readonly<Record<string, Raw>>;

/** Prefixes of torch.compile and DistributedDataParallel. */
const WRAPPERS = /^(?:_orig_mod\.|module\.)+/;

/**
 * Names without the prefixes of wrappers, and without that of a trainer (Lightning's 'model.') in front of one of `anchors`,
 * names that only the model has. Tensors of other parts are left out then, and named in `others`.
 * @throws FailedError if several parts are such models
 */
export function withoutPrefixes(
  tensors: Tensors,
  anchors: readonly string[],
): { readonly tensors: Record<string, Raw>; readonly others: readonly string[] } {
  const plain = Object.entries(tensors).map(([name, raw]) => [name.replace(WRAPPERS, ''), raw] as const);
  const prefixes = new Set(
    plain.flatMap(([name]) => anchors.flatMap((end) => (name.endsWith(end) ? [name.slice(0, -end.length)] : []))),
  );
  if (prefixes.has('') || prefixes.size === 0) return { tensors: Object.fromEntries(plain), others: [] };
  const [prefix = '', ...more] = [...prefixes].filter((start) => start.endsWith('.'));
  if (more.length > 0) {
    const parts = [prefix, ...more].map((start) => start.slice(0, -1));
    throw new FailedError(`The file holds several models: ${parts.join(', ')}. Choose one: --key ${parts[0]}.`);
  }
  const own = plain.filter(([name]) => name.startsWith(prefix));
  const others = plain.flatMap(([name]) => (name.startsWith(prefix) ? [] : [name]));
  return {
    tensors: Object.fromEntries(own.map(([name, raw]) => [name.slice(prefix.length).replace(WRAPPERS, ''), raw])),
    others,
  };
}

/** The configuration of a translation model, as far as shapes show it. @throws FailedError if they don't fit together */
export function readTranslation(tensors: Tensors, { heads, padId, bosId, eosId }: Unknowns): Seq2seqConfig {
  const has = (part: string) => Object.keys(tensors).some((name) => name.includes(part));
  const signals = (side: string) => tensors[`${side}.lev_param_FF_01`]?.shape;
  const architecture = has('lev_param_')
    ? 'ring'
    : has('lev_layer.')
      ? 'universal'
      : has('encoder.FFN.')
        ? 'owf'
        : 'vanilla';
  const levels = (side: string) =>
    signals(side)?.[0] ?? tensors[`${side}.lev_layer.enc_le`]?.shape[0] ?? count(tensors, `${side}.${side}s.`);
  const [sourceVocab, dim] = shape(tensors, 'encoder.emb_layer.emb_layer.weight', 2) as [number, number];
  const [targetVocab] = shape(tensors, 'decoder.emb_layer.emb_layer.weight', 2) as [number];
  const learned = tensors['encoder.pos_layer.emb_layer.weight'];
  const [mlpDim] = first(tensors, /^encoder\..*FFN1\.0\.weight$/) as [number];
  return seq2seqConfig({
    architecture,
    dim,
    heads,
    mlpDim,
    encoderLevels: levels('encoder'),
    decoderLevels: levels('decoder'),
    ...(signals('encoder') ? { rank: signals('encoder')?.[1] as number } : {}),
    sourceVocab,
    targetVocab,
    maxLength: learned ? learned.shape[0]! : shape(tensors, 'encoder.pos_layer.pe', 3)[1]!,
    bias: has('q_proj.bias'),
    positions: learned ? 'learned' : 'sinusoidal',
    padId,
    bosId,
    eosId,
  });
}

/** The configuration of an image classifier, as far as shapes show it. @throws as `readTranslation` does */
export function readVision(tensors: Tensors, { heads, imageSize: givenSize }: Unknowns): VitConfig {
  const has = (part: string) => Object.keys(tensors).some((name) => name.includes(part));
  const encoder = 'transformer.encoder';
  const signals = tensors[`${encoder}.ATTN_lev_embed_Q_01`]?.shape;
  const learned = tensors[`${encoder}.level_embed.level_embed.weight`]?.shape[0];
  const fixed = tensors[`${encoder}.level_embed.level_embed`]?.shape;
  const architecture = signals ? 'ring' : has('level_embed') ? 'universal' : has('attn_blocks.') ? 'owf' : 'vanilla';
  const [dim, channels, patchSize] = shape(tensors, 'transformer.embeddings.patch_embeddings.weight', 4) as [
    number,
    number,
    number,
  ];
  const places = tensors['transformer.embeddings.position_embeddings.pos_embed']?.shape[1] ?? fixed?.[2];
  const imageSize = places === undefined ? givenSize : Math.round(Math.sqrt(places - 1)) * patchSize;
  if (imageSize === undefined)
    throw new FailedError("The weights don't show the size of the images. Add --image-size.");
  const tokens = Math.floor(imageSize / patchSize) ** 2 + 1;
  const [mlpDim] = first(tensors, /ffn\.fc1\.weight$/) as [number];
  const [classes] = shape(tensors, 'head.weight', 2) as [number];
  return vitConfig({
    architecture,
    dim,
    heads,
    mlpDim,
    levels:
      signals?.[0] ??
      fixed?.[0] ??
      (learned === undefined
        ? Math.max(count(tensors, `${encoder}.attn_blocks.`), count(tensors, `${encoder}.layer.`))
        : Math.floor(learned / tokens)),
    ...(signals ? { rank: signals[1]!, ffnRank: tensors[`${encoder}.lev_embed_FF_01`]?.shape[1] ?? 1 } : {}),
    ...(learned === undefined ? {} : { levelTable: 'learnable' as const }),
    imageSize,
    patchSize,
    channels,
    classes,
  });
}

function shape(tensors: Tensors, name: string, rank: number): readonly number[] {
  const found = tensors[name]?.shape;
  if (found?.length === rank) return found;
  throw new FailedError(`${name} is ${found ? `[${found}]` : 'missing'}; expected ${rank} dimensions.`);
}

function first(tensors: Tensors, pattern: RegExp): readonly number[] {
  const name = Object.keys(tensors).find((name) => pattern.test(name));
  if (name !== undefined) return shape(tensors, name, 2);
  throw new FailedError(`No tensor has a name like ${pattern.source}. Are some of the weights missing?`);
}

/** How many layers a prefix has, numbered from 0. */
function count(tensors: Tensors, prefix: string): number {
  const layers = Object.keys(tensors).flatMap((name) =>
    name.startsWith(prefix) ? [Number.parseInt(name.slice(prefix.length), 10)] : [],
  );
  return layers.reduce((most, layer) => Math.max(most, layer + 1), 0);
}

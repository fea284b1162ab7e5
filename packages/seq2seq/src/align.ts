import { checkWhole, pause, RingformerError, saidOf } from '@ringformer/core/base';
import type { Tokenizer } from '@ringformer/text';
import { checkText } from './check-text.ts';
import type { Seq2seqConfig } from './config.ts';
import type { EngineSeq2seq } from './inference.ts';
import { languagesOf } from './languages.ts';
import type { BatchOptions } from './options.ts';
import { placeBefore, rewritesOf } from './rewrites.ts';
import { withSpans } from './spans.ts';

/**
 * How much each piece of a translation has to do with each piece of its source. `source` and `target` say from where to where
 * a token stands in its text, in order; `weights` has a row for each of `target` and a column for each of `source`.
 */
export type Alignment = {
  readonly source: readonly Place[];
  readonly target: readonly Place[];
  readonly weights: Float32Array;
};
type Place = { readonly from: number; readonly to: number };
type Pair = { readonly source: string; readonly target: string };

/** How many of the last levels are asked. */
const LEVELS = 2;

/**
 * Reads each source as `translate` does, with hours and abbreviations rewritten, and writes its given target, token by token; the
 * attention of the last levels is added up.
 */
export async function alignTexts(
  { config, tokenizer, model }: { config: Seq2seqConfig; tokenizer: Tokenizer; model: EngineSeq2seq },
  pairs: readonly Pair[],
  options: Pick<BatchOptions, 'batchSize' | 'signal' | 'from' | 'to'>,
): Promise<(Alignment | undefined)[]> {
  const { batchSize = 32, signal } = options;
  const languages = languagesOf(config, options);
  checkWhole('[ringformer/seq2seq]', 'batchSize', batchSize, 1, 4096);
  if (!Array.isArray(pairs))
    throw new RingformerError('bad-argument', `[ringformer/seq2seq] align: expected a list, got ${saidOf(pairs)}.`);
  const { bosId, eosId, maxLength, decoderLevels } = config;
  const all = pairs.map((pair, i) => {
    for (const side of ['source', 'target'] as const) checkText(pair?.[side], `align: pair ${i + 1}, ${side}`);
    const rewrites = rewritesOf(pair.source, languages);
    const written = withSpans(pair.source, rewrites);
    const [source, target] = [tokenizer.encode(written), tokenizer.encode(pair.target)];
    const fits = Math.min(source.length, target.length) > 0 && Math.max(source.length, target.length) <= maxLength - 2;
    const places = {
      source: placesOf(tokenizer, written, source)?.map((place) => placeBefore(place, rewrites)),
      target: placesOf(tokenizer, pair.target, target),
    };
    const weights = new Float32Array(fits ? source.length * target.length : 0);
    return { source, target, places, weights, fits: fits && places.source && places.target };
  });
  const order = all.filter(({ fits }) => fits).sort((a, b) => a.target.length - b.target.length);
  for (let at = 0; at < order.length; at += batchSize) {
    const batch = order.slice(at, at + batchSize);
    for (let level = Math.max(1, decoderLevels - LEVELS + 1); level <= decoderLevels; level++) {
      const decoding = model.open(
        batch.map(({ source }) => [bosId, ...source, eosId]),
        { rows: batch.length, scores: false, attention: true, levels: { decoder: level } },
      );
      try {
        let alive = batch;
        for (let step = 0; alive.length > 0; step++) {
          await pause(signal);
          await decoding.step(
            alive.map(({ target }) => (step === 0 ? bosId : (target[step - 1] as number))),
            1,
          );
          const looked = (await decoding.attention?.()) ?? [];
          for (const [row, { source, weights }] of alive.entries()) {
            for (let j = 0; j < source.length; j++)
              weights[step * source.length + j] = weights[step * source.length + j]! + (looked[row]?.[j + 1] ?? 0); // after bos
          }
          const rows = alive.flatMap(({ target }, row) => (step + 1 < target.length ? [row] : []));
          if (rows.length > 0 && rows.length < alive.length) decoding.select(rows, rows);
          alive = rows.map((row) => alive[row] as (typeof batch)[number]);
        }
      } finally {
        decoding.dispose();
      }
    }
  }
  return all.map(({ fits, places, weights }) =>
    fits ? { source: places.source as Place[], target: places.target as Place[], weights } : undefined,
  );
}

/** Where each token stands in its text; undefined if the tokenizer reads another text. */
function placesOf(tokenizer: Tokenizer, text: string, ids: readonly number[]): Place[] | undefined {
  if (tokenizer.normalize(text) !== text) return undefined;
  const whole = tokenizer.prefix + text;
  const places: Place[] = [];
  let [at, bytes, read] = [0, 0, 0]; // characters, and bytes of them and of the tokens
  const upTo = (end: number) => {
    while (bytes < end && at < whole.length) {
      const character = String.fromCodePoint(whole.codePointAt(at) as number);
      bytes += character <= '\x7f' ? 1 : character <= '\u07ff' ? 2 : character.length === 1 ? 3 : 4;
      at += character.length;
    }
    return Math.max(0, at - tokenizer.prefix.length);
  };
  for (const id of ids) {
    const from = upTo(read);
    read += tokenizer.bytes(id).length;
    places.push({ from, to: upTo(read) });
  }
  return places;
}

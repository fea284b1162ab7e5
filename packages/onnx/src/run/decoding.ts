import { RingformerError } from '@ringformer/core/base';
import type { Decoding, OpenOptions, Seq2seqConfig } from '@ringformer/seq2seq/engine';
import { banOf, choose, likeliest } from './choice.ts';
import type { OnnxTensor } from './runtime.ts';
import type { Depths, Place, Session, Tensors } from './session.ts';
import { floatTensor, idTensor, pickRows } from './tensors.ts';

/** A translation model's graphs. */
export type GraphModel = {
  readonly place: Place;
  readonly config: Seq2seqConfig;
  readonly encoder: Depths;
  readonly decoder: Depths;
  readonly choice: () => Promise<Session>;
};

/**
 * Sentences that are being decoded, by graphs. The encoder's outputs have one row per sentence, and are repeated for
 * hypotheses once there are several; the past has one row per hypothesis.
 */
export function graphDecoding(
  { place: { runtime }, config, encoder, decoder, choice }: GraphModel,
  sources: readonly (readonly number[])[],
  { banned = [], levels = {}, scores = true }: OpenOptions,
): Decoding {
  const { padId, encoderLevels, decoderLevels, maxLength, targetVocab } = config;
  const ban = banOf(runtime, targetVocab, banned);
  let sentences = sources;
  let memory: Tensors | undefined;
  let repeated: Tensors | undefined;
  let past: Tensors | undefined;
  let length = 0;
  let ended = false;

  const encode = async () => {
    const session = await encoder.at(levels.encoder ?? encoderLevels);
    return session.run({ ids: idTensor(runtime, sentences, padId) });
  };

  /** The encoder's outputs, a row for each hypothesis. */
  const memoryFor = async (rows: number): Promise<Tensors> => {
    memory ??= await encode();
    if (repeated?.['memory.bias']?.dims[0] === rows) return repeated;
    const each = rows / sentences.length;
    repeated = pickRows(
      runtime,
      memory,
      Array.from({ length: rows }, (_, row) => Math.floor(row / each)),
    );
    return repeated;
  };

  const check = (tokens: readonly number[]) => {
    if (ended) throw new RingformerError('bad-argument', '[ringformer/onnx] This decoding was disposed.');
    checkIds(tokens, targetVocab);
    if (tokens.length === 0 || tokens.length % sentences.length !== 0) {
      throw new RingformerError(
        'bad-shape',
        `[ringformer/onnx] Expected the same number of tokens for each sentence, got ${tokens.length} tokens for ${sentences.length} sentences.`,
      );
    }
    if (length >= maxLength) {
      throw new RingformerError(
        'bad-shape',
        `[ringformer/onnx] There is no position after ${maxLength} tokens: that is this model's maxLength.`,
      );
    }
  };

  return {
    async step(tokens, count) {
      check(tokens);
      const session = await decoder.at(levels.decoder ?? decoderLevels);
      const read = await memoryFor(tokens.length);
      const { logits, ...present } = await session.run({
        ids: idTensor(
          runtime,
          tokens.map((token) => [token]),
          padId,
        ),
        ...taken(session, read),
        ...(past ?? nothing(tokens.length)),
      });
      past = Object.fromEntries(Object.entries(present).map(([name, x]) => [name.replace('present', 'past'), x]));
      length += 1;
      if (count === 1 && !scores) return likeliest(logits as OnnxTensor, ban);
      return choose(runtime, await choice(), logits as OnnxTensor, ban, count);
    },
    select(rows, stay) {
      if (past) past = pickRows(runtime, past, rows);
      if (!stay) return;
      if (memory) memory = pickRows(runtime, memory, stay);
      sentences = stay.map((at) => sentences[at] as readonly number[]);
      repeated = undefined;
    },
    dispose() {
      ended = true;
      memory = repeated = past = undefined;
    },
  };

  /** A past of no tokens. */
  function nothing(rows: number): Tensors {
    const { dim, heads } = config;
    const none = floatTensor(runtime, new Float32Array(0), [rows, heads, 0, dim / heads]);
    const entries = Array.from({ length: levels.decoder ?? decoderLevels }, (_, i) => [
      [`past.${i}.key`, none],
      [`past.${i}.value`, none],
    ]);
    return { 'past.bias': floatTensor(runtime, new Float32Array(0), [rows, 0]), ...Object.fromEntries(entries.flat()) };
  }
}

/** The tensors that a session uses: a decoder of fewer levels may read fewer cross-attentions. */
const taken = ({ inputs }: Session, tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => inputs.includes(name)));

/** @throws RingformerError 'bad-argument' for an id outside the vocabulary: graphs count negative ones from its end. */
export function checkIds(ids: readonly number[], vocabulary: number): void {
  const odd = ids.find((id) => !(Number.isSafeInteger(id) && id >= 0 && id < vocabulary));
  if (odd === undefined) return;
  throw new RingformerError(
    'bad-argument',
    `[ringformer/onnx] Token ${odd} is not in the vocabulary: expected ids from 0 to ${vocabulary - 1}.`,
  );
}

import { RingformerError } from '@ringformer/core/base';
import { BYTE_CHARS } from './byte-alphabet.ts';
import { PREPEND_SPACE, standardNormalizer } from './normalizer.ts';
import { PIECE_PATTERN } from './pieces.ts';
import { show } from './tokenizer-json.ts';

/** A token with a special role, never the result of encoding text. */
export type AddedToken = {
  id: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
};

/** The BPE model of a `tokenizer.json`. */
export type BpeModel = {
  type: 'BPE';
  dropout: null;
  unk_token: string | null;
  continuing_subword_prefix: null;
  end_of_word_suffix: null;
  fuse_unk: boolean;
  byte_fallback: boolean;
  ignore_merges: boolean;
  vocab: Record<string, number>;
  merges: [string, string][];
};

/** A complete Hugging Face `tokenizer.json`, as `trainTokenizer` writes it. */
export type TokenizerFile = {
  version: '1.0';
  truncation: null;
  padding: null;
  added_tokens: AddedToken[];
  normalizer: object | null;
  pre_tokenizer: object;
  post_processor: object;
  decoder: object;
  model: BpeModel;
};

/** Role order of the first special tokens: pad 0, bos 1, eos 2, unk 3. */
export const SPECIAL_TOKENS = ['<pad>', '<s>', '</s>', '<unk>'] as const;

/**
 * Describes a byte-level BPE in the Hugging Face format. One space is put before every non-empty text and removed when
 * decoding, so that a word has the same token at the start of a line as inside it.
 */
export function makeTokenizerFile(
  specials: readonly string[],
  merges: [string, string][],
  normalizer: NormalizerName,
): TokenizerFile {
  const vocab: Record<string, number> = {};
  let size = 0;
  const add = (token: string) => {
    if (!Object.hasOwn(vocab, token)) vocab[token] = size++;
  };
  specials.forEach(add);
  byteTokens().forEach(add);
  for (const [left, right] of merges) add(left + right);
  const [, bos = '', eos = '', unk = null] = specials;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: normalizerNamed(normalizer),
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PIECE_PATTERN }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: bosEosTemplate(bos, eos),
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unk,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}

/**
 * What a tokenizer does to a text first. 'standard': all forms of a text become one (NFC, white space, quotation marks and
 * dashes of one kind, no characters that cannot be seen). 'none': nothing, so that decoding gives every text back.
 */
export type NormalizerName = 'standard' | 'none';

const normalizerNamed = (name: NormalizerName): object =>
  name === 'none' ? PREPEND_SPACE : { type: 'Sequence', normalizers: [...standardNormalizer(), PREPEND_SPACE] };

/**
 * The same tokenizer with another normalizer, for a model trained without one. Texts in ordinary form keep their ids.
 * @throws RingformerError 'bad-argument' if the file has another normalizer than these two.
 */
export function withNormalizer<File extends Pick<TokenizerFile, 'normalizer'>>(
  file: File,
  name: NormalizerName = 'standard',
): File {
  const same = (other: NormalizerName) => JSON.stringify(file.normalizer) === JSON.stringify(normalizerNamed(other));
  if (same('none') || same('standard')) return { ...file, normalizer: normalizerNamed(name) };
  throw new RingformerError(
    'bad-argument',
    `[ringformer/text] The tokenizer already has the normalizer ${show(file.normalizer)}. Only a Prepend of one space can be replaced.`,
  );
}

/** The 256 byte tokens in the order of their ids: by character, as Hugging Face's trainer sorts its alphabet. */
export function byteTokens(): string[] {
  return [...BYTE_CHARS].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));
}

function bosEosTemplate(bos: string, eos: string): object {
  const special = (id: string, type: number) => ({ SpecialToken: { id, type_id: type } });
  const sequence = (id: 'A' | 'B', type: number) => ({ Sequence: { id, type_id: type } });
  const single = [special(bos, 0), sequence('A', 0), special(eos, 0)];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, special(bos, 1), sequence('B', 1), special(eos, 1)],
    special_tokens: {
      [bos]: { id: bos, ids: [1], tokens: [bos] },
      [eos]: { id: eos, ids: [2], tokens: [eos] },
    },
  };
}

/**
 * The `tokenizer_config.json` that belongs next to the file, for readers of the Hugging Face format; without it they would
 * remove spaces before punctuation when decoding.
 */
export function tokenizerConfig(file: TokenizerFile): Record<string, unknown> {
  const [pad, bos, eos, unk] = file.added_tokens.map((token) => token.content);
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    pad_token: pad,
    bos_token: bos,
    eos_token: eos,
    unk_token: unk ?? null,
  };
}

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { disposeTree, treeToRaw } from '@ringformer/core';
import type { Raw } from '@ringformer/core/base';
import { ringFormer } from '@ringformer/seq2seq';
import { vanilla } from '@ringformer/seq2seq/baselines';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { tinyConfig, tinyModelOf } from '@ringformer/test-tools/translation/tiny';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportSeq2seq } from '../src/index.ts';
import { encodeModel } from '../src/model-proto.ts';

/** The length-delimited fields of a message by number. */
function fields(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const found = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) found.set(field, [...(found.get(field) ?? []), reader.bytes()]);
    else reader.skip(type);
  }
  return found;
}
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

beforeAll(startCpu);

async function tiny(given = {}) {
  const { config, params } = tinyModelOf(given);
  const weights = await treeToRaw(params);
  disposeTree(params);
  return { config, weights };
}

beforeAll(startCpu);

describe('a file', () => {
  test('contains the configuration of the levels that it has', async () => {
    const { config, weights } = await tiny();
    const { decoder } = exportSeq2seq(config, weights, ringFormer, { levels: { decoder: 2 } });
    const entries = fields(Buffer.concat(decoder)).get(14)!.map(fields);
    const metadata = Object.fromEntries(entries.map((entry) => [text(entry.get(1)?.[0]), text(entry.get(2)?.[0])]));
    expect(JSON.parse(metadata['ringformer.config']!)).toEqual({ ...config, decoderLevels: 2 });
  });

  test('stores what levels share once, and what they own for each', async () => {
    const { config, weights } = await tiny();
    const { decoder } = exportSeq2seq(config, weights, ringFormer);
    const graph = fields(fields(Buffer.concat(decoder)).get(7)![0]!);
    const names = graph.get(5)!.map((tensor) => text(fields(tensor).get(8)?.[0]));
    expect(new Set(names).size).toBe(names.length);
    const holds = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
    expect(holds(/shared\.self\.query\.weight/)).toBe(1);
    expect(holds(/signals\.query\.down/)).toBe(config.decoderLevels);
  });

  test('points at the given weights if they are laid out as the graph needs them', () => {
    const data = new Float32Array(5000);
    const graph = { name: 'g', nodes: [], inputs: [], outputs: [], initializers: [{ name: 'w', shape: [5000], data }] };
    expect(encodeModel(graph, {}).some(({ buffer }) => buffer === data.buffer)).toBe(true);
  });
});

describe('refused', () => {
  const config = tinyConfig();
  test('more than 2 GiB', () => {
    const data = new Float32Array(1 << 24); // 64 MiB, pointed at 33 times
    const initializers = Array.from({ length: 33 }, (_, i) => ({ name: `w${i}`, shape: [data.length], data }));
    const graph = { name: 'huge', nodes: [], inputs: [], outputs: [], initializers };
    expect(() => encodeModel(graph, {})).toThrow(expect.objectContaining({ code: 'bad-argument' }));
    expect(() => encodeModel(graph, {})).toThrow('huge.onnx would have');
  });
  test('a missing weight, one that is not a float, missing levels, and the levels of another architecture', async () => {
    const { weights } = await tiny();
    const { 'encoder.tokens': tokens, ...rest } = weights;
    const small: Raw = { dtype: 'I8', shape: [1], data: new Int8Array(1) };
    expect(() => exportSeq2seq(config, rest, ringFormer)).toThrow('encoder.tokens is missing');
    expect(() => exportSeq2seq(config, { ...rest, 'encoder.tokens': small }, ringFormer)).toThrow(
      'encoder.tokens holds I8',
    );
    expect(() => exportSeq2seq(config, weights, ringFormer, { levels: { encoder: 3 } })).toThrow(
      'Expected levels.encoder from 1 to 2, got 3',
    );
    expect(() => exportSeq2seq(config, weights, vanilla)).toThrow('encoder.levels.0.attn.query.weight is missing');
    expect(tokens).toBeDefined();
  });
});

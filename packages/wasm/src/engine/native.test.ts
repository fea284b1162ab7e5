import { flattenSpec, type Precision, type Raw, randomNormal } from '@ringformer/core/base';
import { expectCloseNumbers } from '@ringformer/core/testing';
import { findNative } from '@ringformer/native';
import { ringFormer, type Seq2seqConfig, seq2seqConfig, seq2seqSpec } from '@ringformer/seq2seq/engine';
import { ringFormer as ringVit, vitConfig, vitSpec } from '@ringformer/vit/engine';
import { describe, expect, test } from 'vitest';
import { makeArena } from './arena.ts';
import { enableRelaxedSimd } from './index.ts';
import { findNativeTeams } from './native-node.ts';
import { compileEngine, type Programs } from './programs.ts';
import { wasmSeq2seq } from './seq2seq.ts';
import { bytesOf, CONSTANTS } from './structs.ts';
import type { MakeNativeTeam } from './team-types.ts';
import type { WasmSeq2seq } from './types.ts';
import { wasmVision } from './vision.ts';
import { writeStruct } from './write-struct.ts';

enableRelaxedSimd();

type Spec = Parameters<typeof flattenSpec>[0];

function weightsOf(spec: Spec, rank: number): Record<string, Raw> {
  const entries = flattenSpec(spec).map(([name, { shape }], i): [string, Raw] => {
    const size = shape.reduce((total, n) => total * n, 1);
    const inner = /\.up$/.test(name) ? rank : (shape.at(-1) as number);
    const scale = /[nN]orm\.|bias$/.test(name) ? 0.1 : inner ** -0.5;
    const data = randomNormal(size, i).map((x) => (/[nN]orm\.weight$/.test(name) ? 1 : 0) + scale * x);
    return [name, { dtype: 'F32', shape, data }];
  });
  return Object.fromEntries(entries);
}

const PRECISIONS = ['f32', 'bf16', 'int8'] as const;
/** How far logits may be from those of WebAssembly. int8 rounds inputs, whose last bits differ, to integers. */
const CLOSE: Readonly<Record<Precision, number>> = { f32: 2e-5, bf16: 2e-5, int8: 2e-3 };

const modules = await compileEngine();
const { addon, why } = findNative();
const variants = addon?.variants ?? [];

test('there are native kernels here, or a reason why not', () => {
  expect(variants.length > 0 ? 'kernels' : why).toBeTruthy();
});

/** Sizes around the edges of tiles, of groups of 32 columns and of heads. */
const CONFIGS: Partial<Seq2seqConfig>[] = [
  { dim: 48, heads: 3, mlpDim: 80, rank: 5, targetVocab: 300 },
  { dim: 128, heads: 4, mlpDim: 272, rank: 16, targetVocab: 1100, bias: false },
  { dim: 18, heads: 3, mlpDim: 20, rank: 17, targetVocab: 37 },
  { dim: 320, heads: 2, mlpDim: 544, rank: 4, targetVocab: 64, encoderLevels: 1, decoderLevels: 1 },
];

const SOURCES = [1, 2, 3, 5, 15, 29].map((rows) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: 1 + ((row * 7 + rows) % 38) }, (_, j) => 4 + ((row * 31 + j * 7) % 80)),
  ),
);

const TRANSLATIONS = CONFIGS.flatMap((given) =>
  PRECISIONS.map((precision) => {
    const config = seq2seqConfig({
      sourceVocab: 90,
      targetVocab: 90,
      maxLength: 40,
      encoderLevels: 2,
      decoderLevels: 2,
      dropout: 0,
      ...given,
    } as Parameters<typeof seq2seqConfig>[0]);
    const weights = once(() => weightsOf(seq2seqSpec(config), config.rank));
    const open = (programs: Programs, threads: number) =>
      wasmSeq2seq(programs, { config, weights: weights(), plan: ringFormer }, { precision, threads });
    /** What WebAssembly computes: the same for each variant. */
    const wanted = once(async () => {
      const model = await open(modules, 1);
      const all = SOURCES.map((sources) => logitsOf(model, sources, 3));
      model.dispose();
      return all;
    });
    return [precision, given, open, wanted] as const;
  }),
);

const IMAGES = PRECISIONS.map((precision) => {
  const config = vitConfig({
    imageSize: 56,
    patchSize: 8,
    dim: 40,
    heads: 4,
    mlpDim: 100,
    rank: 7,
    levels: 3,
    classes: 5,
  });
  const weights = once(() => weightsOf(vitSpec(config), config.rank));
  const images = once(() => randomNormal(11 * config.channels * config.imageSize ** 2, 3));
  const classified = async (programs: Programs, threads: number) => {
    const model = await wasmVision(programs, { config, weights: weights(), plan: ringVit }, { precision, threads });
    const logits = model.classify(images()).slice();
    model.dispose();
    return logits;
  };
  return [precision, classified, once(() => classified(modules, 1))] as const;
});

describe.each(variants.map(({ name }) => name))('native kernels %s', async (variant) => {
  const makeTeam = (await findNativeTeams(variant)) as MakeNativeTeam;
  const native: Programs = { native: makeTeam };

  test.each(TRANSLATIONS)('translation in %s as on WebAssembly, %j', async (precision, _, open, wanted) => {
    const models = [await open(native, 1), await open(native, 2)];
    for (const [i, logits] of (await wanted()).entries()) {
      const [one, two] = models.map((model) => logitsOf(model, SOURCES[i] as number[][], 3));
      expect(one).toEqual(two);
      expectCloseNumbers(one as Float32Array, logits, { atol: CLOSE[precision] });
    }
    for (const model of models) model.dispose();
  });

  test.each(IMAGES)('images in %s as on WebAssembly', async (precision, classified, wanted) => {
    const [one, two] = [await classified(native, 1), await classified(native, 2)];
    expect(one).toEqual(two);
    expectCloseNumbers(one, await wanted(), { atol: CLOSE[precision] });
  });

  test('a job that is not within the memory is an error', () => {
    const arena = makeArena(0);
    const team = makeTeam(arena, 1);
    const job = arena.alloc(bytesOf('Job'));
    const run = (address: number) => () => team.run(address, { kind: 0, rows: 1, worthSharing: false });
    expect(run(arena.memory.buffer.byteLength - 8)).toThrow('not within the memory');
    expect(run(0)).toThrow('not within the memory');
    const given = { kind: CONSTANTS.DECODE, workspace: job, rows: 1, levels: 1, byRows: 0, stack: job };
    for (const wrong of [
      { kind: 7 },
      { rows: 0 },
      { rows: -1 },
      { levels: 0 },
      { stack: 2 ** 31 - 4 },
      { workspace: 3 },
      {},
    ]) {
      writeStruct(arena, job, 'Job', { ...given, ...wrong });
      expect(run(job)).toThrow(expect.objectContaining({ code: 'lost' }));
    }
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state;
    };
    const words = arena.words(job, bytesOf('Job') / 4);
    for (let i = 0; i < 5000; i++) {
      words.forEach((_, at) => {
        words[at] = random() >> (random() & 31);
      });
      expect(run(job)).toThrow(expect.objectContaining({ code: 'lost' }));
    }
  });
});

/** Logits of `steps` steps with forced tokens, and what each looked at. */
function logitsOf(model: WasmSeq2seq, sources: number[][], steps: number): Float32Array {
  const decoding = model.open(sources, { rows: sources.length });
  const all: ArrayLike<number>[] = [];
  for (let step = 0; step < steps; step++) {
    decoding.step(
      sources.map((_, row) => 4 + ((row * 13 + step) % 30)),
      2,
    );
    all.push(decoding.logits().slice(), ...decoding.attention().map((row) => row.slice()));
  }
  decoding.dispose();
  const joined = new Float32Array(all.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of all) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** A function that computes only when it is called first. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

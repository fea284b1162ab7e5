import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { initSeq2seq, saveSeq2seq, seq2seqConfig, writeConfig } from '@ringformer/seq2seq';
import { trainTokenizer } from '@ringformer/text';
import { onTestFinished } from 'vitest';
import { startBackend } from '../src/backends.ts';
import { run } from '../src/run.ts';

export type Ran = { readonly code: number; readonly out: string; readonly err: string };
export type Given = { readonly stdin?: string | Uint8Array | Uint8Array[]; readonly signal?: AbortSignal };

/** Runs one command line in this process, with these bytes on stdin. */
export async function cli(argv: readonly string[], { stdin = '', signal }: Given = {}): Promise<Ran> {
  const chunks = Array.isArray(stdin) ? stdin : [Buffer.from(stdin)];
  const [stdout, out] = sink();
  const [stderr, err] = sink();
  const io = { stdin: Readable.from(chunks), stdout, stderr, env: {}, signal: signal ?? new AbortController().signal };
  const code = await run(argv, io);
  return { code, out: out(), err: err() };
}

/** A stream, and the text that was written to it. */
export function sink(): [Writable, () => string] {
  const parts: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      parts.push(Buffer.from(chunk));
      done();
    },
  });
  return [stream, () => Buffer.concat(parts).toString()];
}

/** A directory that is removed when the test ends. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ringformer '));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

let files: Promise<Record<string, Uint8Array | string>> | undefined;

/** Writes an untrained model of 2+2 levels and returns its directory. */
export async function tinyModel(directory = scratch()): Promise<string> {
  files ??= makeTinyModel();
  for (const [name, content] of Object.entries(await files)) writeFileSync(join(directory, name), content);
  return directory;
}

async function makeTinyModel() {
  await startBackend('cpu');
  const tokenizer = await trainTokenizer(['guten Morgen', 'good morning'], { vocabSize: 270 });
  const config = seq2seqConfig({
    dim: 16,
    heads: 2,
    mlpDim: 32,
    encoderLevels: 2,
    decoderLevels: 2,
    sourceVocab: 270,
    targetVocab: 270,
    maxLength: 48,
    tie: 'all',
  });
  const model = initSeq2seq(config, 7);
  const weights = await saveSeq2seq(model);
  return {
    'config.json': writeConfig(config),
    'model.safetensors': weights,
    'tokenizer.json': JSON.stringify(tokenizer),
  };
}

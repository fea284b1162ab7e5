import { Readable, Writable } from 'node:stream';
import type { Compute, Piece } from '@ringformer/batch/thread';
import { reasonOf } from '@ringformer/core/base';
import { findImageModel, openClassifier, prepare, readTransform } from '../classify/files.ts';
import { FailedError } from '../errors.ts';
import type { Io } from '../io.ts';
import { lineGroups } from '../lines.ts';
import { type Engine, onlyOnnx, openTranslator } from '../model.ts';
import { readInput } from '../open-input.ts';
import { translateChunk } from '../translate/chunk.ts';
import { slices } from '../translate/lines.ts';
import type { ClassifyTask, ThreadData, TranslateTask } from './task.ts';

/** What is said about more lines of a shard is only counted. */
const MOST_NOTES = 20;

/** What computes the shards of a run. @throws as the commands that translate and classify do */
export function openTask({ task, threads }: ThreadData): Promise<Compute> {
  const engine = { ...task.engine, threads };
  return task.task === 'translate' ? openTranslation(task, engine) : openClassification(task, engine);
}

async function openTranslation(task: TranslateTask, engine: Engine): Promise<Compute> {
  const { details, batchSize, search, model } = task;
  const translator = await openTranslator(model, engine);
  return async (piece, onProgress) => {
    const notes = notesOf();
    const options = { io: notes.io, json: details, nBest: undefined, batchSize, search, onBad: notes.onBad };
    const parts: string[] = [];
    let done = 0;
    for await (const group of linesOfPiece(piece, notes.onBad)) {
      for (const chunk of slices(group, piece.name)) {
        const share = (share: number) => onProgress(done + Math.floor(share * chunk.texts.length));
        parts.push(await translateChunk(translator, options, chunk, share));
        done += chunk.texts.length;
      }
    }
    return { output: Buffer.from(parts.join('')), lines: done, ...notes.sum() };
  };
}

async function openClassification(task: ClassifyTask, engine: Engine): Promise<Compute> {
  const { model, top, levels, invert, raw } = task;
  const files = await findImageModel(model);
  if ('graph' in files && engine.engine !== 'onnx') throw new FailedError(onlyOnnx(model));
  const transform = readTransform(files.transform);
  const classifier = await openClassifier(files, engine);
  return async (piece, onProgress) => {
    const notes = notesOf();
    const parts: string[] = [];
    let done = 0;
    for await (const { texts } of linesOfPiece(piece, notes.onBad)) {
      for (const image of texts) {
        parts.push(image === '' ? '' : JSON.stringify(await classify(image)));
        onProgress(++done);
      }
    }
    return { output: Buffer.from(parts.map((line) => `${line}\n`).join('')), lines: done, ...notes.sum() };

    async function classify(image: string) {
      try {
        const input = await prepare(image, () => readInput(image, notes.io.signal), transform, { invert, raw });
        const [guesses = []] = await classifier.classify(input, { top, ...(levels === undefined ? {} : { levels }) });
        return { image, guesses };
      } catch (error) {
        if (!(error instanceof FailedError)) throw error;
        notes.onBad(0, reasonOf(error));
        return { image, error: reasonOf(error) };
      }
    }
  };
}

const linesOfPiece = ({ bytes, name, first, start }: Piece, onBad: (line: number, why: string) => void) =>
  lineGroups(once(bytes), name, { first, offset: start, onBad });

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

/** Collects what is said about lines, also through stderr. */
function notesOf() {
  const notes: string[] = [];
  let bad = 0;
  const add = (note: string) => {
    if (notes.length < MOST_NOTES) notes.push(note);
  };
  const stderr = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      for (const line of text.split('\n')) if (line !== '') add(line.replace(/^ringformer: /, ''));
      done();
    },
  });
  const io: Io = { stdin: Readable.from([]), stdout: stderr, stderr, env: {}, signal: new AbortController().signal };
  return {
    io,
    onBad(_: number, why: string): void {
      bad++;
      add(why);
    },
    sum: () => ({ bad, notes }),
  };
}

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, whyNot } from '@ringformer/core/base';
import { decodeImage, type Transform, transformImage } from '@ringformer/images';
import type { Classifier, Guess } from '@ringformer/vit/engine';
import { startBackend, startOnnxEngine, startWasmEngine } from '../backends.ts';
import { FailedError } from '../errors.ts';
import { findFiles } from '../find-model.ts';
import { colours, type Io, write, writeJson } from '../io.ts';
import { CLASSIFIER, IMAGE_NAMES as NAMES, PACKAGED_IMAGES } from '../kinds.ts';
import { type Engine, onlyOnnx } from '../model.ts';
import { sourcesOf } from './sources.ts';

export type ClassifyRequest = {
  readonly io: Io;
  /** Files, folders, or '-' for stdin: see `sourcesOf`. */
  readonly images: readonly string[];
  readonly model: string | undefined;
  readonly engine: Engine;
  readonly top: number;
  readonly levels: number | undefined;
  readonly invert: boolean;
  /** Pixels as stored: see `DecodeOptions` of @ringformer/images. */
  readonly raw: boolean;
  readonly json: boolean;
};

/** Without weights, but with the graph that was exported from them. */
const GRAPH = 'classifier.onnx';
type ImageModel = { readonly [file in keyof typeof NAMES]: string };
type ImageGraph = Omit<ImageModel, 'weights'> & { readonly graph: string };

/**
 * Classifies images in order, one at a time. An image that cannot be read is reported, and the others are classified.
 * @throws FailedError at the end if there were such images
 */
export async function classifyFiles(request: ClassifyRequest): Promise<void> {
  const { io, images, model, engine, top, levels, invert, raw, json } = request;
  const files = await findImageModel(model);
  if ('graph' in files && engine.engine !== 'onnx') throw new FailedError(onlyOnnx(model));
  const transform = readTransform(files.transform);
  const single = images.length === 1 && isFile(images[0] as string);
  let classifier: Classifier | undefined;
  let [failed, count] = [0, 0];
  try {
    for await (const { name, bytes } of sourcesOf(images, io)) {
      io.signal.throwIfAborted();
      count++;
      const input = await prepare(name, bytes, transform, { invert, raw }).catch((error: unknown) => {
        io.signal.throwIfAborted();
        if (!(error instanceof FailedError) || (single && !json)) throw error;
        return error;
      });
      if (input instanceof FailedError) {
        failed++;
        if (json) await writeJson(io.stdout, { image: name, error: reasonOf(input) });
        else await write(io.stderr, `ringformer: ${reasonOf(input)}\n`);
        continue;
      }
      classifier ??= await openClassifier(files, engine);
      const [guesses = []] = await classifier.classify(input, { top, ...(levels === undefined ? {} : { levels }) });
      if (json) await writeJson(io.stdout, { image: name, guesses });
      else await write(io.stdout, bars(name, guesses, io, !single));
    }
  } finally {
    classifier?.dispose();
  }
  if (failed > 0)
    throw new FailedError(
      count === 1 ? 'The image could not be classified.' : `${failed} of ${count} images could not be classified.`,
    );
}

const isFile = (path: string) => path !== '-' && !(existsSync(path) && statSync(path).isDirectory());

/** The numbers that the model takes. @throws FailedError that names the image */
export async function prepare(
  name: string,
  bytes: () => Promise<Uint8Array>,
  transform: Transform,
  { invert, raw }: Pick<ClassifyRequest, 'invert' | 'raw'>,
): Promise<Float32Array> {
  const read = await bytes().catch((cause) => {
    if (cause instanceof FailedError) throw cause;
    throw new FailedError(`${name} cannot be read: ${whyNot(cause)}.`, { cause });
  });
  try {
    const image = await decodeImage(read, { raw });
    const shown = invert ? { ...image, data: image.data.map((x) => 255 - x) } : image;
    return transformImage(shown, transform, 0).data;
  } catch (cause) {
    throw new FailedError(`${name}: ${reasonOf(cause)}`, { cause });
  }
}

export async function openClassifier(
  files: ImageModel | ImageGraph,
  { backend, engine, threads, precision, providers }: Engine,
): Promise<Classifier> {
  const { loadClassifier: loadOnEngine, readConfig } = await import('@ringformer/vit/engine');
  const { baselines } = await import('@ringformer/vit/baselines');
  const options = { engine, threads, precision, architectures: baselines };
  if (engine === 'onnx') return loadOnEngine(files, await startOnnxEngine(providers), options);
  const isRing = () => readConfig(readFileSync(files.config, 'utf8')).architecture === 'ring';
  if (backend === 'wasm' && (engine === 'wasm' || (engine === 'auto' && isRing()))) {
    return loadOnEngine(files, await startWasmEngine(), options);
  }
  const { loadClassifier } = await import('@ringformer/vit');
  return loadClassifier(files, await startBackend(backend), options);
}

/** The files of the model that `--model` names, or of the packaged one; or the graph that was exported from such a model. */
export async function findImageModel(model: string = PACKAGED_IMAGES): Promise<ImageModel | ImageGraph> {
  const [weights, graph, config, transform] = [NAMES.weights, GRAPH, NAMES.config, NAMES.transform].map((name) =>
    join(model, name),
  ) as [string, string, string, string];
  const isGraph = !existsSync(weights) && [graph, config, transform].every((path) => existsSync(path));
  return isGraph ? { config, transform, graph } : findFiles(CLASSIFIER, model);
}

export function readTransform(path: string): Transform {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Transform;
  } catch (cause) {
    throw new FailedError(`${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

/** One line for each class: its name, a bar and its probability, together as wide as the terminal. */
function bars(path: string, guesses: readonly Guess[], { stdout, env }: Io, named: boolean): string {
  const paint = colours(stdout, env);
  const widest = Math.max(...guesses.map(({ label }) => label.length));
  const room = Math.max(8, Math.min(40, (stdout.columns ?? 80) - widest - 12));
  const lines = guesses.map(({ label, probability }, i) => {
    const bar = bar8(probability, room);
    const share = `${(100 * probability).toFixed(1)} %`.padStart(7);
    const line = `${label.padEnd(widest)}  ${bar.padEnd(room)} ${share}`;
    return `${i === 0 ? paint.bold(line) : line}\n`;
  });
  return `${named ? `${path}\n` : ''}${lines.join('')}${named ? '\n' : ''}`;
}

/** A bar of whole and eighth blocks. */
function bar8(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  const part = eighths % 8;
  return '█'.repeat(Math.floor(eighths / 8)) + (part > 0 ? String.fromCodePoint(0x2590 - part) : '');
}

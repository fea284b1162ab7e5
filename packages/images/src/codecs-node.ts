import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { ImageFormat, Pixels } from './header.ts';

type Codec = (file: ArrayBuffer) => Promise<Pixels>;

const starters: Record<ImageFormat, () => Promise<Codec>> = { jpeg: startJpeg, png: startPng, webp: startWebp };
const codecs = new Map<ImageFormat, Promise<Codec>>();

let last: Promise<unknown> = Promise.resolve();

/** Decodes in WebAssembly, one file at a time: there is one instance of each codec, and of its warnings. */
export function decodePixels(format: ImageFormat, bytes: Uint8Array): Promise<Pixels> {
  const file = new Uint8Array(bytes).buffer;
  const decoded = last.then(() => decodeAlone(format, file));
  last = decoded.catch(() => {});
  return decoded;
}

/** Each format's WebAssembly is loaded with its first file. */
async function decodeAlone(format: ImageFormat, file: ArrayBuffer): Promise<Pixels> {
  const codec = codecs.get(format) ?? starters[format]();
  codecs.set(format, codec);
  try {
    return await (await codec)(file);
  } catch (error) {
    codecs.delete(format); // what a damaged file leaves in the codec's memory must not reach the next
    throw error;
  }
}

async function startJpeg(): Promise<Codec> {
  const { default: decode, init } = await import('@jsquash/jpeg/decode.js');
  const module = await compiled('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
  let warnings: string[] = [];
  await init({ instantiateWasm: instantiate(module), printErr: (line: string) => warnings.push(line) });
  return async (file) => {
    warnings = [];
    const image = await decode(file).catch((cause) => {
      throw new Error(warnings.join('; ') || String(cause), { cause });
    });
    // libjpeg fills in what is missing with grey; Pillow refuses such files, and so do we
    const premature = warnings.find((line) => line.startsWith('Premature end'));
    if (premature) throw new Error(premature);
    return image;
  };
}

async function startPng(): Promise<Codec> {
  const { decode, init } = await import('@jsquash/png/decode.js');
  await init(await compiled('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'));
  return (file) => decode(file);
}

async function startWebp(): Promise<Codec> {
  const { default: decode, init } = await import('@jsquash/webp/decode.js');
  await init({ instantiateWasm: instantiate(await compiled('@jsquash/webp/codec/dec/webp_dec.wasm')) });
  return (file) => decode(file);
}

/** The codecs look for their WebAssembly by `fetch`, which reads no files in Node.js. */
async function compiled(path: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(path)));
}

function instantiate(module: WebAssembly.Module) {
  return (imports: WebAssembly.Imports, done: (instance: never) => void): WebAssembly.Exports => {
    const instance = new WebAssembly.Instance(module, imports);
    done(instance as never); // declared as taking a Module, called with an Instance
    return instance.exports;
  };
}

// What the loaders of all models share.
import { checkChoice, checkFunction, checkOptions, isRecord, kindOf } from './arguments.ts';
import type { ModelBackend, ReadBytes, ReadOptions } from './backend.ts';
import type { EngineOptions, InferenceEngine } from './engine.ts';
import { RingformerError } from './errors.ts';

/** A path or `file:` URL (Node.js), or an address. */
export type FilePlace = string | URL;

/** Options of every loader; `Architecture` is the one of the model's package. */
export type LoaderOptions<Architecture> = ReadOptions &
  EngineOptions & {
    /**
     * 'auto' (the default) uses the backend's engine if it supports the model's architecture, otherwise TensorFlow.js
     * ('tfjs'). 'wasm' and 'onnx' are the engines of those names.
     */
    readonly engine?: 'auto' | InferenceEngine['name'] | 'tfjs';
    /** The model's architecture, if it is not a ring. */
    readonly architecture?: Architecture;
    /** Architectures by name; config.json says which one is used. For example, the package's `baselines`. */
    readonly architectures?: Readonly<Record<string, Architecture>>;
    /** Reads the files in place of the backend: from memory, from a cache, with credentials. */
    readonly readBytes?: ReadBytes;
  };

/** The names of `LoaderOptions`. */
const LOADER_OPTIONS = [
  'engine',
  'architecture',
  'architectures',
  'precision',
  'threads',
  'readBytes',
  'signal',
  'onProgress',
] as const satisfies readonly (keyof LoaderOptions<unknown>)[];

/**
 * Where a model's files are, given one by one or as the folder that contains them all: in Node.js a path, elsewhere an
 * address. `names`: what each file is called in such a folder.
 * @throws RingformerError 'bad-argument' that lists what is missing.
 */
export function locateFiles<Role extends string>(
  where: string,
  given: unknown,
  names: Readonly<Record<Role, string>>,
): Record<Role, FilePlace> {
  const roles = Object.keys(names) as Role[];
  if (given !== '' && (typeof given === 'string' || given instanceof URL)) {
    const folder = folderOf(where, given);
    return Object.fromEntries(roles.map((role) => [role, folder(names[role])])) as Record<Role, FilePlace>;
  }
  const expected = `Expected { ${roles.join(', ')} }, each a path or an address, or the folder that contains ${listed(Object.values(names))}`;
  if (!isRecord(given)) {
    throw new RingformerError('bad-argument', `${where}: ${expected}; got ${kindOf(given)}.`);
  }
  const odd = roles.filter((role) => !(typeof given[role] === 'string' || given[role] instanceof URL));
  if (odd.length > 0) {
    const found = odd.map((role) => `${role} is ${kindOf(given[role])}`);
    throw new RingformerError('bad-argument', `${where}: ${listed(found)}. ${expected}.`);
  }
  return given as Record<Role, FilePlace>;
}

/** A folder's files by name. */
function folderOf(where: string, folder: FilePlace): (name: string) => FilePlace {
  const text = String(folder);
  if (/^(data|blob):|\.(json|safetensors|onnx)$/i.test(text)) {
    throw new RingformerError(
      'bad-argument',
      `${where}: expected the model's folder, got one file, ${text.slice(0, 200)}. Give its folder, or all files by name.`,
    );
  }
  if (folder instanceof URL || /^[a-z][a-z\d+.-]+:/i.test(text)) {
    const base = parsed(where, text); // a single letter before the colon is a Windows drive
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    return (name) => new URL(name, base);
  }
  return (name) => (/[/\\]$/.test(text) ? `${text}${name}` : `${text}/${name}`);
}

function parsed(where: string, text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new RingformerError('bad-argument', `${where}: '${text.slice(0, 200)}' is not an address.`, { cause });
  }
}

const listed = (items: readonly string[]) =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/**
 * How every loader begins: checks its options and its backend. `runs`: whether an engine runs this kind of model.
 * Returns the function that reads the files, and the backend's engine if it runs this kind of model.
 * @throws RingformerError 'bad-argument' for an unknown option or something that is not a backend; 'no-backend' if the
 * backend lacks the requested engine.
 */
export function beginLoading<Engine extends InferenceEngine>(
  where: string,
  backend: ModelBackend,
  options: LoaderOptions<unknown>,
  runs: (engine: InferenceEngine) => engine is Engine,
): { readonly readBytes: ReadBytes; readonly offered: Engine | undefined } {
  checkOptions(where, options, LOADER_OPTIONS);
  const { engine = 'auto', precision = 'auto', architecture, architectures } = options;
  checkChoice(where, 'engine', engine, ['auto', 'wasm', 'onnx', 'tfjs']);
  checkChoice(where, 'precision', precision, ['auto', 'f32', 'bf16', 'int8']);
  const expects = (name: string, what: string, given: unknown, fits: boolean) => {
    if (given === undefined || fits) return;
    throw new RingformerError(
      'bad-argument',
      `${where}: ${name} is ${kindOf(given)}; expected ${what} of the package's entry /baselines.`,
    );
  };
  expects('architecture', 'an architecture, such as `vanilla`', architecture, typeof nameOf(architecture) === 'string');
  expects('architectures', 'architectures by name, such as `baselines`', architectures, isRecord(architectures));
  const readBytes = checkedReads(where, readerOf(where, backend, options));
  const offered = isRecord(backend.engine) && runs(backend.engine) ? backend.engine : undefined;
  if (engine !== 'auto' && engine !== 'tfjs') checkOffered(where, backend.name, offered, engine);
  return { readBytes, offered };
}

/** The function that reads a model's files. @throws RingformerError 'bad-argument' if `backend` is not a backend. */
export function readerOf(
  where: string,
  backend: ModelBackend,
  { readBytes }: Pick<LoaderOptions<unknown>, 'readBytes'>,
): ReadBytes {
  if (readBytes !== undefined) checkFunction(where, 'readBytes', readBytes);
  if (isRecord(backend) && typeof backend.readBytes === 'function') return readBytes ?? backend.readBytes;
  throw new RingformerError(
    'bad-argument',
    `${where}: expected a backend, such as \`await startWasm()\`, got ${kindOf(backend)}.`,
  );
}

const nameOf = (architecture: unknown) => isRecord(architecture) && architecture['name'];

/** A reader that always answers with a promise, of bytes. */
const checkedReads =
  (where: string, readBytes: ReadBytes): ReadBytes =>
  async (from, options) => {
    const bytes = await readBytes(from, options);
    if (bytes instanceof Uint8Array) return bytes;
    throw new RingformerError(
      'bad-argument',
      `${where}: readBytes gave ${kindOf(bytes)} for ${String(from).slice(0, 200)}; expected a Uint8Array.`,
    );
  };

/** The architecture that a configuration names; undefined if it was not given. */
export function architectureFor<Architecture>(
  name: string,
  { architecture, architectures = {} }: Pick<LoaderOptions<Architecture>, 'architecture' | 'architectures'>,
): Architecture | undefined {
  return architecture ?? (Object.hasOwn(architectures, name) ? architectures[name] : undefined);
}

/**
 * The engine that runs a model, or undefined for TensorFlow.js operations. `offered`: the backend's engine, if it runs this
 * kind of model.
 * @throws RingformerError 'no-backend' if the requested engine is missing or does not support the architecture.
 */
export function chooseEngine<Engine extends InferenceEngine>(
  where: string,
  { name }: Pick<ModelBackend, 'name'>,
  offered: Engine | undefined,
  wanted: LoaderOptions<unknown>['engine'] = 'auto',
  architecture: string,
): Engine | undefined {
  if (wanted === 'tfjs') return undefined;
  if (wanted !== 'auto') checkOffered(where, name, offered, wanted);
  const passed = offered?.architectures ?? [];
  if (passed === 'any' || passed.includes(architecture)) return offered;
  if (wanted === 'auto') return undefined;
  throw new RingformerError(
    'no-backend',
    `${where}: there is no ${wanted} engine for architecture '${architecture}'. It supports only '${passed.join("', '")}'. Use engine 'tfjs' and give the model's architecture.`,
  );
}

/** @throws RingformerError 'no-backend' if the backend has no engine of this name. */
function checkOffered(
  where: string,
  backend: string,
  offered: InferenceEngine | undefined,
  wanted: InferenceEngine['name'],
): void {
  if (offered?.name === wanted) return;
  const start = wanted === 'onnx' ? 'startOnnx of @ringformer/onnx/run' : 'startEngine of @ringformer/wasm/engine';
  throw new RingformerError(
    'no-backend',
    `${where}: the backend '${backend}' has no ${wanted} engine: use ${start}, or engine 'tfjs'.`,
  );
}

/**
 * The error of a loader without TensorFlow.js, for a model that no engine runs, or engine 'tfjs'. `home`: the package whose
 * loader can.
 */
export function noEngine(
  where: string,
  home: string,
  { name }: Pick<ModelBackend, 'name'>,
  wanted: LoaderOptions<unknown>['engine'],
  architecture: string,
): RingformerError {
  const why =
    wanted === 'tfjs'
      ? `this loader has no engine 'tfjs'`
      : `this model is '${architecture}', and backend '${name}' has no engine for it`;
  return new RingformerError('no-backend', `${where}: ${why}. Load it with ${home}, which uses TensorFlow.js.`);
}

/** The error for files exported as ONNX. `engine`: what was to run them; undefined for TensorFlow.js. */
export const noGraphs = (where: string, engine: string | undefined) =>
  new RingformerError(
    'no-backend',
    `${where}: these files are an ONNX export, which ${engine ? `the ${engine} engine` : 'TensorFlow.js'} cannot run. Use startOnnx of @ringformer/onnx/run, or give the model's weights.`,
  );

import { createRequire } from 'node:module';
import { faultOf } from './library.ts';

/** A kind of processor that the addon has kernels for. */
export type Variant = {
  /** 'x86-64-v4-fp16', 'armv8-dot', … */
  readonly name: string;
  /** Whether it multiplies bfloat16 numbers by its own instructions. */
  readonly bfloat16: boolean;
  /** Whether it does the same for float16. */
  readonly float16: boolean;
  /** And for int8. */
  readonly int8: boolean;
};

/** A session's functions, by the names of the WebAssembly kernels; `engine`, `rebind` and `close` besides. */
export type Session = Readonly<Record<string, (...args: never[]) => number>> & {
  engine(operation: number, address: number): void;
  rebind(memory: ArrayBuffer | Uint8Array<ArrayBufferLike>): void;
  /** Ends the session's threads; later calls throw. Without it they end when the session is collected. */
  close(): void;
};

/** What the compiled addon exports (c/addon.c). */
export type Addon = {
  readonly abi: number;
  /** What this processor runs, the best first. */
  readonly variants: readonly Variant[];
  open(memory: ArrayBuffer | Uint8Array<ArrayBufferLike>, threads: number, variant: string): Session;
};

/** Why there are no native kernels. */
export type Absence = {
  readonly addon?: undefined;
  /**
   * 'off': by RINGFORMER_NATIVE=0; 'absent': not installed, or not built; 'unsuitable': not for this processor; 'broken':
   * installed, but it does not load.
   */
  readonly state: 'off' | 'absent' | 'unsuitable' | 'broken';
  readonly why: string;
};

/** The addon and where it was found, or why there is none. */
export type Found =
  | { readonly addon: Addon; readonly path: string; readonly variant: Variant; readonly why?: undefined }
  | Absence;

/** Must equal RINGFORMER_ABI in c/variants.h. */
const ABI = 2;

let found: Found | undefined;

/**
 * Looks for the native kernels, once for each thread: in the package for this platform, or in the file that
 * RINGFORMER_NATIVE names. It never throws: what is missing or broken is the reason in `why`, and WebAssembly does the work.
 */
export function findNative(): Found {
  found ??= look(process.env.RINGFORMER_NATIVE);
  return found;
}

function look(setting: string | undefined): Found {
  if (setting === '0') return { state: 'off', why: 'switched off by RINGFORMER_NATIVE=0' };
  const require = createRequire(import.meta.url);
  const { platform, arch } = process;
  const libraries = platform === 'linux' ? ['-gnu', '-musl'] : [''];
  const names = setting ? [setting] : libraries.map((library) => `@ringformer/native-${platform}-${arch}${library}`);
  let first: Absence | undefined;
  for (const name of names) {
    let path: string;
    try {
      path = require.resolve(name);
    } catch {
      continue;
    }
    const result = load(path, require);
    if (result.addon) return result;
    first ??= result;
  }
  if (first) return first;
  return setting
    ? { state: 'broken', why: `RINGFORMER_NATIVE names ${setting}, which is not there` }
    : { state: 'absent', why: `no build for ${platform} on ${arch} is installed` };
}

function load(path: string, require: NodeJS.Require): Found {
  let addon: Addon;
  try {
    const fault = faultOf(path);
    if (fault) return { state: 'broken', why: `${path} does not load: ${fault}` };
    addon = require(path) as Addon;
  } catch (error) {
    return { state: 'broken', why: `${path} does not load: ${firstLine((error as Error).message)}` };
  }
  if (addon?.abi !== ABI) {
    const why = `${path}: expected version ${ABI} of the kernels, got ${addon?.abi}; install the versions that belong together`;
    return { state: 'broken', why };
  }
  const [variant] = addon.variants;
  if (!variant) return { state: 'unsuitable', why: 'this processor is too old: the kernels need AVX2 and FMA' };
  return { addon, path, variant };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] as string;

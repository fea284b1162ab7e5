import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A kind of processor that the addon has kernels for. */
export type Variant = {
  /** 'x86-64-v4-bf16', 'armv8-dot', … */
  readonly name: string;
  /** Whether it multiplies bfloat16 numbers by its own instructions. */
  readonly bfloat16: boolean;
  /** Whether it does the same for int8. */
  readonly int8: boolean;
};

/** A session's functions, by the names of the WebAssembly kernels; `engine` and `rebind` besides. */
export type Session = Readonly<Record<string, (...args: never[]) => number>> & {
  engine(operation: number, address: number): void;
  rebind(memory: ArrayBuffer | Uint8Array<ArrayBufferLike>): void;
};

/** What the compiled addon exports (c/addon.c). */
export type Addon = {
  readonly abi: number;
  /** What this processor runs, the best first. */
  readonly variants: readonly Variant[];
  open(memory: ArrayBuffer | Uint8Array<ArrayBufferLike>, threads: number, variant: string): Session;
};

/** The addon and where it was found, or why there is none. */
export type Found =
  | { readonly addon: Addon; readonly path: string; readonly variant: Variant; readonly why?: undefined }
  | { readonly addon?: undefined; readonly why: string };

/** Must equal RINGFORMER_ABI in c/variants.h. */
const ABI = 1;

let found: Found | undefined;

/**
 * Looks for the native kernels once for each thread: those that this clone has built, then the binary package of the
 * platform. It never throws: whatever is missing or broken is the reason in `why`, and WebAssembly does the work.
 */
export function findNative(): Found {
  if (process.env.RINGFORMER_NATIVE === '0') return { why: 'switched off by RINGFORMER_NATIVE=0' };
  found ??= look();
  return found;
}

function look(): Found {
  const require = createRequire(import.meta.url);
  const { platform, arch } = process;
  const built = join(dirname(fileURLToPath(import.meta.url)), '..', 'build', `${platform}-${arch}`, 'ringformer.node');
  const libraries = platform === 'linux' ? ['-gnu', '-musl'] : [''];
  const packages = libraries.map((library) => `@ringformer/native-${platform}-${arch}${library}`);
  const failures: string[] = [];
  for (const path of [...(existsSync(built) ? [built] : []), ...packages]) {
    try {
      const addon = require(path) as Addon;
      const why = unusable(addon);
      if (why === undefined) return { addon, path: require.resolve(path), variant: addon.variants[0] as Variant };
      failures.push(`${path}: ${why}`);
    } catch (error) {
      if (!isMissing(error, path)) failures.push(`${path}: ${firstLine((error as Error).message)}`);
    }
  }
  return { why: failures.length > 0 ? failures.join('; ') : `not installed for ${platform} on ${arch}` };
}

function unusable(addon: Addon): string | undefined {
  if (addon?.abi !== ABI)
    return `expected version ${ABI} of the kernels, got ${addon?.abi}; install the versions that belong together`;
  if (addon.variants.length === 0) return 'this processor is too old; the kernels need AVX2 on x86-64';
  return undefined;
}

/** Whether a package is just not there, as opposed to broken. */
function isMissing(error: unknown, path: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' && message.includes(`'${path}'`);
}

const firstLine = (text: string): string => text.split('\n', 1)[0] as string;

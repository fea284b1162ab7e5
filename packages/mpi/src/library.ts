// MPI's C library by koffi: which one it is, and the handles of its communicator, types and operation.
import { createRequire } from 'node:module';
import { RingformerError } from '@ringformer/core/base';

/** Handles differ: MPICH's are integers, Open MPI's the addresses of its objects, those of MPI 5's ABI fixed by the standard. */
export type Abi = 'mpich' | 'open-mpi' | 'mpi-abi';

type Handle = number | bigint;
export type MpiLibrary = {
  readonly abi: Abi;
  /** 'Open MPI 4.1.4' */
  readonly version: string;
  readonly path: string;
  readonly initThread: () => void;
  readonly rank: number;
  readonly size: number;
  /** All three begin work that `test` carries on with. The buffers must stay where they are until it is done. */
  readonly sum: (from: bigint, to: bigint, count: number) => void;
  readonly broadcast: (bytes: bigint, count: number, root: number) => void;
  readonly barrier: () => void;
  /** Whether what was begun is done. */
  readonly test: () => boolean;
  readonly abort: (code: number) => void;
  readonly finalize: () => void;
  readonly address: (bytes: Uint8Array) => bigint;
};

/** The part of koffi that is used here. */
type Koffi = {
  load(path: string, options?: { global?: boolean }): KoffiLibrary;
  address(value: unknown): bigint;
};
type KoffiLibrary = {
  func(name: string, result: string, args: string[]): (...args: unknown[]) => number;
  symbol(name: string): unknown;
};

/** The libraries to try, by what the launcher set in the environment: the wrong one would see only itself. */
export function libraryNames(env: Readonly<Record<string, string | undefined>>, platform = process.platform): string[] {
  if (env.RINGFORMER_MPI) return [env.RINGFORMER_MPI];
  const mac = platform === 'darwin';
  const name = (base: string, version: number) => (mac ? `${base}.${version}.dylib` : `${base}.so.${version}`);
  const openMpi = [name('libmpi', 40)];
  const mpich = [name('libmpi', 12), name('libmpich', 12)];
  const abi = [name('libmpi_abi', 1), name('libmpi_abi', 0)];
  const any = mac ? ['libmpi.dylib', '/opt/homebrew/lib/libmpi.dylib', '/usr/local/lib/libmpi.dylib'] : ['libmpi.so'];
  if (env.OMPI_COMM_WORLD_SIZE !== undefined) return [...openMpi, ...abi, ...any];
  if (env.PMI_SIZE !== undefined || env.PMI_RANK !== undefined) return [...mpich, ...abi, ...any];
  return [...any, ...openMpi, ...mpich, ...abi];
}

/** How many ranks the launcher says it has started; undefined if it says nothing that we know. */
export function launchedSize(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const said =
    env.OMPI_COMM_WORLD_SIZE ?? env.PMI_SIZE ?? (env.SLURM_PROCID === undefined ? undefined : env.SLURM_NTASKS);
  const size = Number(said);
  return said !== undefined && Number.isSafeInteger(size) && size > 0 ? size : undefined;
}

/** How many of the ranks are on this machine, if the launcher says so; else 1. */
export function localRanks(env: Readonly<Record<string, string | undefined>>): number {
  const said = env.OMPI_COMM_WORLD_LOCAL_SIZE ?? env.MPI_LOCALNRANKS ?? env.SLURM_NTASKS_PER_NODE;
  const count = Number.parseInt(said ?? '1', 10);
  return count > 0 ? count : 1;
}

/**
 * What a library says of itself → how its handles look, and its name and version.
 * @throws RingformerError 'no-backend' for one that we don't know
 */
export function recognise(said: string, abiVersion: number, path: string): { abi: Abi; version: string } {
  const line = said.split('\n')[0]?.trim().replace(/\s+/g, ' ') ?? '';
  const named = /(\d+)\.(\d+)(\.\d+)?/.exec(line);
  const [number = '', major = '0', minor = '0'] = named ?? [];
  const known = (name: string) => `${name} ${number}`;
  if (abiVersion >= 1)
    return { abi: 'mpi-abi', version: `${/open mpi/i.test(line) ? known('Open MPI') : known('MPICH')} (MPI ABI)` };
  if (/^open mpi/i.test(line) && Number(major) >= 2) return { abi: 'open-mpi', version: known('Open MPI') };
  // libraries that agreed to keep MPICH's binary interface
  if (/^mpich version/i.test(line) && Number(major) * 100 + Number(minor) >= 301)
    return { abi: 'mpich', version: known('MPICH') };
  if (/^intel\(r\) mpi/i.test(line)) return { abi: 'mpich', version: `Intel MPI ${number || line}` };
  if (/^mvapich/i.test(line)) return { abi: 'mpich', version: known('MVAPICH') };
  if (/cray mpich/i.test(line)) return { abi: 'mpich', version: known('Cray MPICH') };
  throw new RingformerError(
    'no-backend',
    `[ringformer/mpi] ${path} is an MPI library that this version doesn't know: '${line.slice(0, 80)}'. Expected MPICH 3.1 or newer (or Intel MPI, MVAPICH, Cray MPICH), Open MPI 2 or newer, or a library with MPI 5's ABI. Name another one in RINGFORMER_MPI.`,
  );
}

function loadKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (cause) {
    throw new RingformerError(
      'no-backend',
      '[ringformer/mpi] MPI needs the package koffi, which calls its C library. Run: npm install koffi (with --global if ringformer is installed so)',
      { cause },
    );
  }
}

/** Never freed: koffi unloads a library that nothing refers to, and MPI must not be unloaded. */
const loaded: KoffiLibrary[] = [];

function openLibrary(koffi: Koffi, names: readonly string[]): { library: KoffiLibrary; path: string } {
  const reasons: string[] = [];
  for (const path of names) {
    try {
      // Open MPI loads its own parts later, and they look for its symbols among the global ones
      const library = koffi.load(path, { global: true });
      loaded.push(library);
      return { library, path };
    } catch (error) {
      reasons.push(`${path} (${(error as Error).message.replace(/^Failed to load shared library: /, '')})`);
    }
  }
  throw new RingformerError(
    'no-backend',
    `[ringformer/mpi] Found no MPI library. Tried ${reasons.join(', ')}. Install MPICH or Open MPI (Debian: apt-get install mpich), or name the library in RINGFORMER_MPI.`,
  );
}

/** The version that `MPI_Abi_get_version` reports; 0 if the library has no standard ABI. */
function abiVersion(library: KoffiLibrary): number {
  try {
    const major = new Int32Array(1);
    library.func('MPI_Abi_get_version', 'int', ['void *', 'void *'])(major, new Int32Array(1));
    return major[0] as number;
  } catch {
    return 0; // older than MPI 5
  }
}

type Constants = {
  readonly handle: 'int' | 'intptr_t';
  readonly funneled: number;
  comm: Handle;
  float: Handle;
  byte: Handle;
  sum: Handle;
};

function constantsOf(abi: Abi, koffi: Koffi, library: KoffiLibrary): Constants {
  if (abi === 'mpich')
    return { handle: 'int', funneled: 1, comm: 0x44000000, float: 0x4c00040a, byte: 0x4c00010d, sum: 0x58000003 };
  // The MPI Forum's mpi_abi.h, ABI 1
  if (abi === 'mpi-abi')
    return { handle: 'intptr_t', funneled: 1024, comm: 0x101, float: 0x210, byte: 0x247, sum: 0x21 };
  const at = (name: string) => koffi.address(library.symbol(name));
  return {
    handle: 'intptr_t',
    funneled: 1,
    comm: at('ompi_mpi_comm_world'),
    float: at('ompi_mpi_float'),
    byte: at('ompi_mpi_byte'),
    sum: at('ompi_mpi_op_sum'),
  };
}

/** Opens the MPI library and says which one it is; `initThread` joins the other ranks. All calls must come from one thread. */
export function openMpi(env: Readonly<Record<string, string | undefined>>): MpiLibrary {
  const koffi = loadKoffi();
  const { library, path } = openLibrary(koffi, libraryNames(env));
  const call = (name: string, ...args: string[]) => {
    const native = library.func(name, 'int', args);
    return (...given: unknown[]) => {
      const code = native(...given);
      if (code !== 0) throw new RingformerError('lost', `[ringformer/mpi] ${name} failed with MPI's error ${code}.`);
    };
  };
  const text = new Uint8Array(8192);
  call('MPI_Get_library_version', 'void *', 'void *')(text, new Int32Array(1));
  const { abi, version } = recognise(
    new TextDecoder().decode(text.subarray(0, text.indexOf(0))),
    abiVersion(library),
    path,
  );
  const { handle, funneled, comm, float, byte, sum } = constantsOf(abi, koffi, library);
  // shared memory never moves, unlike small typed arrays
  const cells = new Int32Array(new SharedArrayBuffer(256));
  const cell = (index: number) => koffi.address(cells) + BigInt(4 * index);
  const [request, flag, status] = [cell(0), cell(8), cell(16)];
  const number = (name: string, type: string) => {
    call(name, type, 'intptr_t')(comm, flag);
    return cells[8] as number;
  };
  const iallreduce = call('MPI_Iallreduce', 'intptr_t', 'intptr_t', 'int', handle, handle, handle, 'intptr_t');
  const ibcast = call('MPI_Ibcast', 'intptr_t', 'int', handle, 'int', handle, 'intptr_t');
  const ibarrier = call('MPI_Ibarrier', handle, 'intptr_t');
  const test = call('MPI_Test', 'intptr_t', 'intptr_t', 'intptr_t');
  const abort = call('MPI_Abort', handle, 'int');
  const finalize = call('MPI_Finalize');
  let [rank, size] = [0, 1];
  return {
    abi,
    version,
    path,
    initThread() {
      call('MPI_Init_thread', 'intptr_t', 'intptr_t', 'int', 'intptr_t')(0, 0, funneled, flag);
      if ((cells[8] as number) < funneled)
        throw new RingformerError(
          'no-backend',
          `[ringformer/mpi] ${version} was built without support for threads: expected MPI_THREAD_FUNNELED. Use one built with it.`,
        );
      rank = number('MPI_Comm_rank', handle);
      size = number('MPI_Comm_size', handle);
    },
    get rank() {
      return rank;
    },
    get size() {
      return size;
    },
    sum: (from, to, count) => iallreduce(from, to, count, float, sum, comm, request),
    broadcast: (bytes, count, root) => ibcast(bytes, count, byte, root, comm, request),
    barrier: () => ibarrier(comm, request),
    test() {
      test(request, flag, status);
      return cells[8] !== 0;
    },
    abort: (code) => abort(comm, code),
    finalize: () => finalize(),
    address: (bytes) => koffi.address(bytes),
  };
}

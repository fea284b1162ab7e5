import { mistakenFor, RingformerError } from '@ringformer/core/base';
import type { FileParts } from '../model-proto.ts';
import { joined } from './bytes.ts';
import type { OnnxRuntime, OnnxSession, OnnxTensor } from './runtime.ts';

export type Tensors = Readonly<Record<string, OnnxTensor>>;
/** An execution provider of ONNX Runtime: its name, or an object with the name and its options. */
export type ExecutionProvider = string | { readonly name: string; readonly [option: string]: unknown };

/** What runs graphs, and how. */
export type Place = {
  readonly runtime: OnnxRuntime;
  /** In order of preference; ONNX Runtime chooses if absent. */
  readonly providers?: readonly ExecutionProvider[];
  readonly threads?: number;
};

/** A graph that is ready to run. */
export type Session = {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  run(feeds: Tensors): Promise<Tensors>;
  /** Releases its memory as soon as nothing is running. */
  end(): void;
};

/** Prepares a graph to run. @throws RingformerError 'no-backend' or 'bad-file' with ONNX Runtime's own message. */
export async function openSession(place: Place, name: string, graph: FileParts | Uint8Array): Promise<Session> {
  const { runtime, providers, threads } = place;
  const bytes = graph instanceof Uint8Array ? graph : joined(graph);
  const mistaken = mistakenFor(bytes);
  if (mistaken) throw new RingformerError('bad-file', `[ringformer/onnx] ${name}.onnx is ${mistaken}`);
  let session: OnnxSession;
  try {
    session = await runtime.InferenceSession.create(bytes, {
      logSeverityLevel: 3, // its warnings are nothing that a user could change
      extra: { session: { intra_op: { allow_spinning: '0' } } }, // spinning threads of two graphs would slow each other down
      ...(providers ? { executionProviders: providers } : {}),
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
  } catch (cause) {
    throw refused(place, name, cause as Error);
  }
  let running = 0;
  let ended = false;
  const release = () => void session.release().catch(() => {});
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds) {
      if (ended) throw new RingformerError('bad-argument', '[ringformer/onnx] This model was disposed. Load it again.');
      running += 1;
      try {
        return await session.run(feeds);
      } finally {
        running -= 1;
        if (ended && running === 0) release();
      }
    },
    end() {
      if (ended) return;
      ended = true;
      if (running === 0) release();
    },
  };
}

function refused({ runtime, providers }: Place, name: string, cause: Error): RingformerError {
  const [why = ''] = cause.message.split('\n');
  if (!providers) {
    return new RingformerError('bad-file', `[ringformer/onnx] ONNX Runtime cannot load ${name}.onnx: ${why}`, {
      cause,
    });
  }
  const asked = providers.map((provider) => (typeof provider === 'string' ? provider : provider.name));
  const there = runtime.listSupportedBackends?.().map((backend) => backend.name) ?? [];
  const hints = [
    there.length > 0 ? ` This build supports ${there.join(', ')}.` : '',
    asked.some((provider) => ['cuda', 'tensorrt'].includes(provider))
      ? " The install script of onnxruntime-node downloads NVIDIA's libraries, and package managers may skip it: npm rebuild onnxruntime-node."
      : '',
  ];
  return new RingformerError(
    'no-backend',
    `[ringformer/onnx] ONNX Runtime cannot run ${name}.onnx on ${asked.join(', ')}: ${why}${hints.join('')} Leave execution providers out to use the CPU.`,
    { cause },
  );
}

/** Sessions of one graph by depth, each opened on first use. */
export type Depths = { at(levels: number): Promise<Session>; end(): void };

export function byDepth(open: (levels: number) => Promise<Session>): Depths {
  const opened = new Map<number, Promise<Session>>();
  return {
    at(levels) {
      const found = opened.get(levels);
      if (found) return found;
      const session = open(levels);
      opened.set(levels, session);
      session.catch(() => opened.delete(levels));
      return session;
    },
    end() {
      for (const session of opened.values()) session.then((ready) => ready.end()).catch(() => {});
    },
  };
}

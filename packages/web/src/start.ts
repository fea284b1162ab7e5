import { isRingformerError, RingformerError } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import { CANDIDATES, discard } from './candidates.ts';
import { watch } from './lost.ts';
import { describeFailure, selfTest } from './self-test.ts';
import type { WebBackend, WebBackendName, WebOptions, WebWarning } from './types.ts';

/** For inference, the wasm engine is far faster than any GPU backend of TensorFlow.js; a GPU pays off in training. */
const INFERENCE: readonly WebBackendName[] = ['wasm', 'webgpu', 'webgl'];
const TRAINING: readonly WebBackendName[] = ['webgpu', 'webgl', 'wasm'];

/** What was started, by the instance of TensorFlow.js' backend. */
const started = new WeakMap<object, WebBackend>();

/**
 * Starts the first backend of `prefer` that is available and computes correctly, and makes TensorFlow.js use it.
 * `onWarning` is called for each backend that is skipped. Called again, it keeps a running backend unless its context is
 * lost.
 * @throws RingformerError 'no-backend' that says for every preferred backend why it was not used; 'bad-argument' if
 * `prefer` names an unknown backend.
 */
export async function startWeb(options: WebOptions = {}): Promise<WebBackend> {
  const { prefer = options.training ? TRAINING : INFERENCE, onWarning = warnConsole } = options;
  checkNames(prefer);
  const failures: string[] = [];
  for (const [i, name] of prefer.entries()) {
    const next = prefer[i + 1];
    const found = await attempt(name, options, next === undefined);
    if ('backend' in found) {
      if (found.warning) onWarning(found.warning);
      return found.backend;
    }
    failures.push(`${name}: ${found.warning.message}`);
    if (next) onWarning({ ...found.warning, next });
  }
  throw new RingformerError('no-backend', `[ringformer/web] No backend could start.\n  - ${failures.join('\n  - ')}`);
}

type Attempt = { backend: WebBackend; warning?: WebWarning } | { warning: WebWarning };

async function attempt(name: WebBackendName, options: WebOptions, last: boolean): Promise<Attempt> {
  const running = tf.findBackend(name);
  const known = running && started.get(running);
  if (known && !known.isLost()) {
    await tf.setBackend(name);
    return { backend: known };
  }
  if (known) discard(name);
  const begin = performance.now();
  try {
    const backend = await CANDIDATES[name](options);
    const { software, ...watched } = watch(name);
    const slow = software ? `a software renderer (${watched.device}) replaces the GPU; wasm is faster.` : undefined;
    if (slow && !options.software && !last) return refuse(name, 'software', slow);
    const report = await selfTest();
    if (!report.passed) {
      return { warning: { ...refuse(name, 'wrong-results', wrong(watched.device, report)).warning, report } };
    }
    const web: WebBackend = { ...backend, ...watched, name, selfTest: report };
    started.set(tf.backend(), web);
    if (!slow || options.software) return { backend: web };
    return { backend: web, warning: { backend: name, code: 'software', message: slow } };
  } catch (cause) {
    if (!isRingformerError(cause)) throw cause;
    return { warning: { backend: name, code: 'unavailable', message: cause.message } };
  } finally {
    performance.measure?.(`ringformer: start of ${name}`, { start: begin });
  }
}

/** Removes the backend from TensorFlow.js again. */
function refuse(name: WebBackendName, code: WebWarning['code'], message: string): { warning: WebWarning } {
  discard(name);
  return { warning: { backend: name, code, message } };
}

function wrong(device: string | undefined, report: WebBackend['selfTest']): string {
  const half = report.checks.every(
    ({ name, deviation, allowed }) => name.startsWith('gradients') || deviation > allowed,
  );
  return (
    `${device ?? 'this backend'} computes wrong results: ${describeFailure(report)}.` +
    (half ? ' It seems to compute in half precision.' : ' The driver may be at fault: try a newer one.')
  );
}

function warnConsole({ backend, message, next }: WebWarning): void {
  console.warn(`[ringformer/web] ${backend}: ${message}${next ? ` Trying ${next}.` : ''}`);
}

function checkNames(prefer: readonly string[]): void {
  const unknown = prefer.filter((name) => !Object.hasOwn(CANDIDATES, name));
  if (prefer.length > 0 && unknown.length === 0) return;
  throw new RingformerError(
    'bad-argument',
    `[ringformer/web] prefer: expected one or more of ${Object.keys(CANDIDATES).join(', ')}, got [${prefer.join(', ')}].`,
  );
}

import { afterEach, describe, expect, test } from 'vitest';
import { startInThread } from '../test/in-thread.ts';
import { serveWorker } from './host.ts';
import { startWorker, type WorkerOptions } from './index.ts';
import type { WorkerLike } from './life.ts';

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

/** A worker whose script is `script`, which gets its end of the channel. */
function workerOf(script: (endpoint: MessagePort) => void): () => WorkerLike {
  return () => {
    const { port1, port2 } = new MessageChannel();
    open.push(port1, port2);
    script(port2);
    return Object.assign(port1, { terminate: () => port1.close() });
  };
}

describe('startWorker', () => {
  test('case vision/07: a script that is evaluated twice serves once', async () => {
    let starts = 0;
    const start = async () => {
      starts++;
      throw new Error('one backend is enough');
    };
    const serve = (endpoint: MessagePort) => {
      serveWorker({ start, endpoint });
      serveWorker({ start, endpoint });
    };
    const worker = await startWorker(workerOf(serve));
    await expect(worker.train({} as never)).rejects.toThrow('one backend is enough');
    expect(starts).toBe(1);
    worker.terminate();
  });

  test('case vision/07: a script that serves late, after messages were lost, is started', async () => {
    const late = (endpoint: MessagePort) => {
      endpoint.addEventListener('message', () => {}); // as in a worker: the first message finds nobody who answers
      endpoint.start();
      setTimeout(() => serveWorker({ endpoint }), 200);
    };
    const worker = await startWorker(workerOf(late), { timeout: 20_000 });
    worker.terminate();
  });

  test('case vision/07: a script that never serves ends in a clear error', async () => {
    const silent = startWorker(
      workerOf(() => {}),
      { timeout: 100 },
    );
    await expect(silent).rejects.toMatchObject({
      code: 'no-backend',
      message: expect.stringMatching(/did not answer within 0\.1 s.*serveWorker\(\).*timeout/),
    });
  });

  test('no limit is possible, and a worker that has started stays beyond its limit', async () => {
    const free = await startInThread({}, { timeout: Number.POSITIVE_INFINITY });
    free.terminate();
    const worker = await startInThread({}, { timeout: 500 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await expect(worker.loadTranslator('https://[/')).rejects.not.toMatchObject({ code: 'no-backend' });
    worker.terminate();
  });

  test.each<[unknown, string]>([
    [{ timeout: 0 }, 'timeout is the number 0; expected a positive number of milliseconds'],
    [{ timeout: Number.NaN }, 'timeout is the number NaN; expected a positive number of milliseconds'],
    [{ timeout: '5' }, 'timeout is the text "5"; expected a positive number of milliseconds'],
    [{ timeOut: 5 }, "Did you mean 'timeout'?"],
  ])('%o is refused', async (options, message) => {
    await expect(
      startWorker(
        workerOf(() => {}),
        options as WorkerOptions,
      ),
    ).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringContaining(message),
    });
  });
});

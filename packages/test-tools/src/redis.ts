import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The servers of this machine that speak Redis' protocol, or only the one that RINGFORMER_REDIS_SERVER names. */
export const redisServers: readonly string[] = [
  ...(process.env.RINGFORMER_REDIS_SERVER ? [process.env.RINGFORMER_REDIS_SERVER] : ['redis-server', 'valkey-server']),
].filter((name) => spawnSync(name, ['--version']).status === 0);

/** Why tests with Redis are skipped; undefined if they run. In CI they always do, and fail if there is no server. */
export const withoutRedis: string | undefined =
  redisServers.length > 0 || process.env.CI
    ? undefined
    : 'needs redis-server or valkey-server: apt-get install redis-server';

export type RedisServer = {
  readonly url: string;
  /** Ends it at once, as kill -9 does: it keeps nothing. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  remove(): Promise<void>;
};

/** An empty server on a free port of this machine. */
export async function startRedis(
  server = redisServers[0] ?? 'redis-server',
  flags: readonly string[] = [],
): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  let child: ChildProcess | undefined;
  const start = async () => {
    const options = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
    ];
    const started = spawn(server, [...options, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    const failed = once(started, 'error').then(([error]) => {
      throw new Error(`${server} does not start: ${error.message}. Install it: apt-get install redis-server`);
    });
    const ended = once(started, 'exit').then(([code]) => {
      throw new Error(`${server} ended with code ${code}.`);
    });
    failed.catch(() => {});
    ended.catch(() => {});
    let said = '';
    const ready = new Promise<void>((resolve) => {
      started.stdout?.on('data', (chunk) => {
        said += chunk;
        if (/Ready to accept connections/i.test(said)) resolve();
      });
    });
    await Promise.race([ready, failed, ended]);
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

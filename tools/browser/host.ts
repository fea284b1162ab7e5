import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const TYPES: Record<string, string> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
  json: 'application/json',
};

/** What lets a page share memory with its workers. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** What happens to a file, once (or `always`): the connection breaks after `cut` bytes, or its last byte is wrong. */
type Fault = { cut?: number; damaged?: boolean; always?: boolean };

/** A page that only runs one script. */
export const pageWith = (script: string) =>
  `<!doctype html><title>ringformer</title><script type="module" src="${script}"></script>`;

export type Host = Awaited<ReturnType<typeof startHost>>;

/** A static host on this machine that can misbehave. `content` returns what is at a path; text is served as a page. `policy`: its Content Security Policy. */
export async function startHost(
  content: (path: string) => Uint8Array | string | undefined,
  isolated: (path: string) => boolean = () => true,
  policy: (path: string) => string | undefined = () => undefined,
) {
  const asked: { path: string; range?: string }[] = [];
  const faults = new Map<string, Fault>();
  /** Paths below these are not answered. */
  const down: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const { range } = request.headers;
    asked.push({ path, range });
    if (down.some((folder) => path.startsWith(folder))) return request.socket.destroy();
    const found = content(path);
    if (found === undefined) return response.writeHead(404).end();
    const fault = faults.get(path);
    if (!fault?.always) faults.delete(path);
    const whole = Buffer.from(found);
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const body = whole.subarray(start);
    if (fault?.damaged) body[body.length - 1]! ^= 1;
    const kind = typeof found === 'string' ? 'text/html' : TYPES[path.split('.').at(-1) ?? ''];
    response.writeHead(start > 0 ? 206 : 200, {
      ...(isolated(path) ? ISOLATION : {}),
      ...(policy(path) ? { 'content-security-policy': policy(path) } : {}),
      'content-type': kind ?? 'application/octet-stream',
      'content-length': body.length,
      etag: `"${whole.length}"`,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${whole.length - 1}/${whole.length}` } : {}),
    });
    if (fault?.cut === undefined) return response.end(body);
    response.write(body.subarray(0, fault.cut), () => setTimeout(() => request.socket.destroy(), 200));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { asked, faults, down, address: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one response. */
export type Fault = {
  /** Breaks the connection after this many bytes of the response. */
  readonly cut?: number;
  /** Ends the response after this many bytes as if that were all, without a length. */
  readonly end?: number;
  /** Sends this many bytes, then nothing. */
  readonly hang?: number;
  readonly status?: number;
  /** Like a server without Range. */
  readonly whole?: boolean;
  readonly bytes?: Uint8Array;
  readonly etag?: string;
};

export type Asked = { readonly path: string; readonly range?: string; readonly ifRange?: string };

/** A static server on the loopback address that misbehaves as `fault` says and records its requests. */
export async function startServer(
  files: Readonly<Record<string, Uint8Array | string>>,
  fault: (path: string, count: number) => Fault | undefined = () => undefined,
) {
  const asked: Asked[] = [];
  const state = { files, fault };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    const count = asked.filter((one) => one.path === path).length;
    const { range, 'if-range': ifRange } = request.headers as { range?: string; 'if-range'?: string };
    asked.push({ path, ...(range ? { range } : {}), ...(ifRange ? { ifRange } : {}) });
    answer(state.files[path], state.fault(path, count) ?? {}, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    at: (path: string) => `http://127.0.0.1:${port}/${path}`,
    asked,
    state,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(
  file: Uint8Array | string | undefined,
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (file === undefined || fault.status) return response.writeHead(fault.status ?? 404).end('no');
  const all = Buffer.from(fault.bytes ?? (file as Uint8Array));
  const etag = fault.etag ?? '"one"';
  const ifRange = request.headers['if-range'];
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const partly = start > 0 && !fault.whole && (!ifRange || ifRange === etag);
  if (partly && start >= all.length) return response.writeHead(416).end();
  const body = partly ? all.subarray(start) : all;
  const range = partly ? { 'content-range': `bytes ${start}-${all.length - 1}/${all.length}` } : {};
  const length = fault.end === undefined ? { 'content-length': body.length } : {};
  response.writeHead(partly ? 206 : 200, { etag, ...range, ...length });
  if (fault.cut !== undefined) {
    response.write(body.subarray(0, fault.cut), () => setTimeout(() => request.socket.destroy(), 20));
  } else if (fault.hang !== undefined) response.write(body.subarray(0, fault.hang));
  else response.end(body.subarray(0, fault.end));
}

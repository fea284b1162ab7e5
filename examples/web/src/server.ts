/** A `ringformer serve` server that translates instead of this device. */
export type ServerChoice = { readonly address: string; readonly token: string };

/** A text and the languages that it is translated from and to. */
type Wanted = { readonly text: string; readonly from: string; readonly to: string };

/** The server takes no more now; `after` in seconds it may. */
export class ServerBusy extends Error {
  readonly after: number;
  constructor(after: number) {
    super(`The server is busy. Trying again in ${after} s.`);
    this.name = 'ServerBusy';
    this.after = after;
  }
}

/** Until the server begins to answer, in milliseconds. */
const PATIENCE = 30_000;

/**
 * The pieces of a text's translation as the server sends them. Leaving the loop, or aborting, ends it there too.
 * @throws ServerBusy; an error that says what is wrong with the server or its address; the signal's reason
 */
export async function* streamFrom(
  { address, token }: ServerChoice,
  text: Wanted,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const base = baseOf(address);
  const answer = await ask(base, token, text, signal);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error(`${base.host} does not stream. Is it a RingFormer server?`);
  let held = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error('The server ended the translation before it was complete. Try again.');
      held += value;
      const events = held.split('\n\n');
      held = events.pop() ?? '';
      for (const event of events) {
        const { name, data } = read(event);
        if (name === 'done') return;
        if (name === 'error') throw new Error(data.error?.message ?? 'The server could not translate this.');
        if (data.piece !== undefined) yield data.piece;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function baseOf(address: string): URL {
  const written = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
  const base = URL.canParse(written) ? new URL(written) : undefined;
  if (!address || !base || !/^https?:$/.test(base.protocol) || base.username)
    throw new Error(
      `Expected the address of a server, such as http://127.0.0.1:5000${address ? `, got ${address}` : ''}.`,
    );
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(base.hostname);
  if (location.protocol === 'https:' && base.protocol === 'http:' && !local)
    throw new Error('This page came over https, so browsers let it ask only servers with https, or on this machine.');
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/`;
  return base;
}

async function ask(base: URL, token: string, wanted: Wanted, signal: AbortSignal): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  const answer = await fetch(new URL('translate', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ ...wanted, stream: true }),
    signal: AbortSignal.any([signal, patience.signal]),
  })
    .catch(async (cause: unknown) => {
      signal.throwIfAborted();
      if (patience.signal.aborted) throw new Error(`${base.host} does not answer.`, { cause });
      throw new Error(await whyNot(base), { cause });
    })
    .finally(() => clearTimeout(timer));
  if (answer.ok && answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer;
  if (answer.ok) throw new Error(`${base.host} answers, but not as a RingFormer server does.`);
  if (answer.status === 401)
    throw new Error(token ? 'The server does not know this token.' : 'The server expects a token.');
  if (answer.status === 429) throw new ServerBusy(Number(answer.headers.get('retry-after')) || 1);
  const body: { error?: { message?: string } | string } = await answer.json().catch(() => ({}));
  const said = typeof body.error === 'string' ? body.error : body.error?.message;
  throw new Error(
    said ? `The server says: ${said}` : `${base.host} answers ${answer.status}. Is it a RingFormer server?`,
  );
}

/** A browser does not tell a page whether there is no server, or one that refuses the page: /health may be read by all. */
async function whyNot(base: URL): Promise<string> {
  const there = await fetch(new URL('health', base), { mode: 'no-cors' }).then(
    () => true,
    () => false,
  );
  return there
    ? `The server at ${base.host} does not allow this page. Start it with --origin ${location.origin}`
    : `No server answers at ${base.host}. Start one: ringformer serve --origin ${location.origin}`;
}

function read(event: string): { name: string; data: { piece?: string; error?: { message?: string } } } {
  const lines = event.split('\n');
  const field = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : [])).join('\n');
  return { name: field('event'), data: JSON.parse(field('data') || '{}') };
}

// The server under load: `ringformer serve` in a process of its own, autocannon with 64 connections against one request at a
// time, sentences of the packaged first corpus, each answer compared with the translation of its own sentence. Then memory over many translations.
// Usage: node bench/serve.mjs [--seconds 20] [--connections 64] [--many 0] [--beams 4]    (after a build and `npm ci --prefix bench`)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { describe, processor } from './machine.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '64' },
    many: { type: 'string', default: '0' },
    beams: { type: 'string', default: '4' },
  },
});
const [seconds, connections, many, beams] = ['seconds', 'connections', 'many', 'beams'].map((name) =>
  Number(values[name]),
);

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const lines = readFileSync(at('../docs/public/first-corpus/test.de'), 'utf8').trimEnd().split('\n');

/** Starts the server → { url, process } */
async function start() {
  const server = spawn(
    process.execPath,
    [at('../packages/cli/dist/main.js'), 'serve', '--port', '0', '--json', '--quiet', '--beams', String(beams)],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const [first] = await once(server.stderr, 'data');
  return { url: JSON.parse(String(first)).url, server };
}

const residentMb = ({ pid }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

async function translate(url, text) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/translate`, { method: 'POST', headers, body: JSON.stringify({ text }) });
  return answer.json();
}

/** One load: every connection sends sentences one after another. */
async function load(url, own, count) {
  let next = 0;
  let crossed = 0;
  const result = await autocannon({
    url: `${url}/translate`,
    connections: count,
    duration: seconds,
    timeout: 60,
    requests: [
      {
        method: 'POST',
        path: '/translate',
        headers: { 'content-type': 'application/json' },
        setupRequest(request, context) {
          context.line = lines[next++ % lines.length];
          return { ...request, body: JSON.stringify({ text: context.line }) };
        },
        onResponse(status, body, context) {
          if (status === 200 && JSON.parse(body).text !== own.get(context.line)) crossed++;
        },
      },
    ],
  });
  const { latency, requests, non2xx, errors, timeouts } = result;
  return {
    connections: count,
    'sentences/s': Math.round((requests.total / result.duration) * 10) / 10,
    'p50 ms': latency.p50,
    'p99 ms': latency.p99,
    lost: non2xx + errors + timeouts,
    crossed,
  };
}

/** Half a request, never finished: in how many seconds the server ends it. */
async function slowLoris(url) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST /translate HTTP/1.1\r\nhost: x\r\n');
  const from = performance.now();
  socket.resume();
  await once(socket, 'close');
  return (performance.now() - from) / 1000;
}

const { url, server } = await start();
console.log(describe(processor()));
const own = new Map();
for (const line of new Set(lines)) own.set(line, (await translate(url, line)).text);
const loris = slowLoris(url);
console.table([await load(url, own, 1), await load(url, own, connections)]);
console.log(`half a request was ended after ${(await loris).toFixed(1)} s`);

if (many > 0) {
  console.log(`${many} translations, in requests of 100`);
  for (let done = 0; done < many; ) {
    const texts = Array.from({ length: 100 }, (_, i) => lines[(done + i) % lines.length]);
    const { translations } = await translate(url, texts);
    if (translations.some(({ text }, i) => text !== own.get(texts[i]))) throw new Error('A translation has changed.');
    done += texts.length;
    if (done % Math.ceil(many / 10) < 100) console.log(`${done}: ${residentMb(server).toFixed(0)} MB`);
  }
}

// SIGTERM under load: everything that was sent is answered
const underway = lines.slice(0, 200).map((line) => translate(url, line).then(({ text }) => text === own.get(line)));
await wait(150);
const from = performance.now();
server.kill('SIGTERM');
const [code] = await once(server, 'exit');
const answered = (await Promise.allSettled(underway)).filter(({ value }) => value === true).length;
console.log(
  `SIGTERM under load: ${answered} of 200 answered, exit code ${code} after ${((performance.now() - from) / 1000).toFixed(1)} s`,
);

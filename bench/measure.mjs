const sorted = (values) => [...values].sort((a, b) => a - b);
export const median = (values) => sorted(values)[values.length >> 1];

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Times `runners` (name → async function) in turn, `rounds` times, so that any disturbance affects all of them.
 * Before each turn there is a pause, so that a predecessor's waiting threads do not take a core, and one unmeasured run.
 * → name → { median, min, max } in milliseconds
 */
export async function measure(runners, { rounds = 5, runs = 4 } = {}) {
  const names = Object.keys(runners);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      await rest(100);
      await runners[name]();
      for (let run = 0; run < runs; run++) {
        const started = performance.now();
        await runners[name]();
        times[name].push(performance.now() - started);
      }
    }
  }
  return Object.fromEntries(
    names.map((name) => [
      name,
      { median: median(times[name]), min: Math.min(...times[name]), max: Math.max(...times[name]) },
    ]),
  );
}

/**
 * Who is how fast, from what `measure` returns. `engines`: our engines by name, the first is the one that counts; `ours`: by
 * the engine's name, a comma and its setting; `peers`: with the same weights, of which `fair` have comparable settings;
 * `likes`: peers whose model is only as large.
 * → { ours, peers, likes, engines, best, ratio, ratioToAny }. `engines`: each with its best setting and how many times as fast
 * as the best fair peer it is; `ratio`: that of the first; `ratioToAny`: the same to the best of all peers.
 */
export function standings(times, { engines, ours, peers, likes, fair = Object.keys(peers) }) {
  const best = (names) => [...names].sort((a, b) => times[a].median - times[b].median)[0];
  const timesOf = (contestants) => Object.fromEntries(Object.keys(contestants).map((name) => [name, times[name]]));
  const over = (theirs, mine) => (theirs ? times[theirs].median / mine.median : Number.NaN);
  const theirs = best(fair);
  const ranked = Object.keys(engines).map((engine) => {
    const name = best(Object.keys(ours).filter((name) => name.startsWith(`${engine}, `)));
    return { engine, name, ...times[name], ratio: over(theirs, times[name]) };
  });
  const [mine] = ranked;
  return {
    ours: timesOf(ours),
    peers: timesOf(peers),
    likes: Object.fromEntries(Object.keys(likes).map((name) => [name, { ...times[name], ratio: over(name, mine) }])),
    engines: ranked,
    best: theirs,
    ratio: mine.ratio,
    ratioToAny: over(best(Object.keys(peers)), mine),
  };
}

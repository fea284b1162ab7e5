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

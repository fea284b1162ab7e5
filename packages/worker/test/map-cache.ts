import type { CacheLike } from '../src/files/index.ts';

/**
 * A stand-in for a cache of Cache Storage, which Node.js lacks: a Map of bodies and headers. `full` makes `put` fail, as
 * browsers do when there is no room. tools/browser/models.spec.ts tests a real one in Chromium.
 */
export function mapCache() {
  const entries = new Map<string, { body: ArrayBuffer; headers: [string, string][] }>();
  const state = { full: false };
  const cache: CacheLike = {
    async match(at) {
      const found = entries.get(String(at));
      return found && new Response(found.body.slice(0), { headers: found.headers });
    },
    async put(at, response) {
      if (state.full) throw new DOMException('No room.', 'QuotaExceededError');
      entries.set(String(at), { body: await response.arrayBuffer(), headers: [...response.headers] });
    },
    delete: async (at) => entries.delete(String(at)),
  };
  return {
    cache,
    entries,
    state,
    keys: () => [...entries.keys()].map((key) => new URL(key).pathname.slice(1, 12)).sort(),
  };
}

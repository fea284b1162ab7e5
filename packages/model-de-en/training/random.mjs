/** Numbers in [0, 1) from mulberry32 (public domain). The same seed gives the same numbers everywhere. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
export const integer = (random, from, to) => from + Math.floor(random() * (to - from + 1));
export const item = (random, items) => items[Math.floor(random() * items.length)];

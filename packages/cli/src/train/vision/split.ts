import type { Dataset } from '@ringformer/images';

/**
 * How many images of each class to hold out: `count` in all, in proportion to the classes' sizes. Every class keeps at least one
 * image to learn; if `count` allows, one of each class that has two or more is held out.
 */
export function shareOfClasses(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, n) => sum + n, 0);
  const quotas = sizes.map((n) => (n * count) / Math.max(1, total));
  const room = sizes.map((n) => Math.max(0, n - 1));
  const least = count >= room.filter((n) => n > 0).length ? 1 : 0;
  const share = quotas.map((quota, i) => Math.min(room[i]!, Math.max(least, Math.floor(quota))));
  const sum = () => share.reduce((all, n) => all + n, 0);
  /** The class that fits and is farthest from its quota, in this direction; -1 if none fits. */
  const farthest = (sign: 1 | -1, fits: (i: number) => boolean) =>
    share.reduce((best, n, i) => {
      if (!fits(i)) return best;
      return best < 0 || sign * (quotas[i]! - n) > sign * (quotas[best]! - share[best]!) ? i : best;
    }, -1);
  for (let left = count - sum(); left !== 0; left -= Math.sign(left)) {
    const sign = left > 0 ? 1 : -1;
    const at = farthest(sign, (i) => (sign > 0 ? share[i]! < room[i]! : share[i]! > least));
    if (at < 0) break;
    share[at]! += sign;
  }
  return share;
}

/**
 * Places of the images to hold out, in order: the last of each class by its share. With a number in place of shares, as
 * versions up to 0.0 did: the last so many, or if classes are folders, a rounded share of each.
 */
export function heldOut(
  { length, classes, file }: Dataset,
  labels: ArrayLike<number>,
  share: readonly number[] | number,
): ReadonlySet<number> {
  const all = Array.from({ length }, (_, i) => i);
  if (typeof share === 'number' && !file) return new Set(all.slice(length - share));
  const places = classes.map((): number[] => []);
  for (const i of all) places[labels[i]!]!.push(i);
  const held = places.flatMap((own, label) => {
    const count = typeof share === 'number' ? Math.round((own.length * share) / length) : share[label]!;
    return own.slice(own.length - count);
  });
  return new Set(held.sort((a, b) => a - b));
}

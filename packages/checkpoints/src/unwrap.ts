// Finds the weights in what a trainer has saved.
import { refused, refusedFile } from './errors.ts';
import { isTuple, type Value } from './pickle.ts';
import { isOpaqueValue, isTensor } from './world.ts';

/** Names under which trainers keep the weights, in this order. */
const WRAPPERS = ['model_state_dict', 'state_dict', 'model_state', 'model', 'module', 'net', 'network', 'weights'];
/** Names of tensors that are not weights. */
const OTHERS = /optim|sched|scaler|rng|metric|loss|history|callback/i;
/** How deep dictionaries are searched, and how many values. */
const MOST_DEPTH = 4;
const MOST_VALUES = 200_000;
const SHOWN = 8;

type Weights = ReadonlyMap<Value, Value>;
type Place = { readonly path: string; readonly weights: Weights; readonly count: number };

const isMap = (value: Value | undefined): value is Map<Value, Value> => value instanceof Map;
const countTensors = (map: Weights) => [...map.values()].filter(isTensor).length;

/**
 * The dictionary of tensors. `key` names it ('ema', 'state.model'); without one, the names that trainers use come first, then
 * the only dictionary with tensors.
 * @throws RingformerError 'bad-checkpoint' if there is none, or several to choose from
 */
export function unwrap(root: Value, key: string | undefined): Weights {
  if (isOpaqueValue(root)) {
    throw refused(`it asks to call ${root.name}; only tensors and containers are built. Save model.state_dict()`);
  }
  if (!isMap(root)) throw noWeights(root);
  if (key !== undefined) return named(root, key);
  for (let map = root, found: Value | undefined; ; map = found) {
    found = WRAPPERS.map((name) => map.get(name)).find((value) => isMap(value) && places(value, '').length > 0);
    if (isMap(found)) continue;
    return largest(map, root);
  }
}

/** The dictionary with most tensors, if it is the only one with so many. */
function largest(map: Weights, root: Value): Weights {
  const all = places(map, '');
  // tensors beside weights are not the weights
  const wrapped = all.some(({ path }) => WRAPPERS.includes(path.split('.').at(-1) as string));
  const [first, second] = all.filter(({ path }) => path !== '' || !wrapped).sort((a, b) => b.count - a.count);
  if (!first) throw noWeights(root);
  if (!second || first.path === '' || first.count > 2 * second.count) return first.weights;
  const names = all.filter(({ path }) => path !== '').map(({ path, count }) => `${path} (${count} tensors)`);
  throw refusedFile(
    `The file holds several sets of weights: ${shorter(names)}. Choose one by its key: --key ${first.path}.`,
  );
}

/** Every dictionary that holds tensors, except those of optimisers and the like. */
function places(map: Weights, path: string, depth = 0): Place[] {
  const count = countTensors(map);
  const own = count > 0 ? [{ path, weights: map, count }] : [];
  if (depth >= MOST_DEPTH) return own;
  const below = [...map].flatMap(([name, value]) =>
    isMap(value) && typeof name === 'string' && !OTHERS.test(name)
      ? places(value, path === '' ? name : `${path}.${name}`, depth + 1)
      : [],
  );
  return [...own, ...below];
}

/** The dictionary at a key, or the tensors whose names begin with it. */
function named(root: Map<Value, Value>, key: string): Weights {
  const words = key.split('.');
  const inner =
    root.get(key) ?? words.reduce<Value | undefined>((at, word) => (isMap(at) ? at.get(word) : undefined), root);
  if (isMap(inner) && places(inner, '').length > 0) return unwrap(inner, undefined);
  for (const { weights } of places(root, '')) {
    const start = `${key}.`;
    const under = [...weights].filter(
      ([name, value]) => isTensor(value) && typeof name === 'string' && name.startsWith(start),
    );
    if (under.length > 0) return new Map(under.map(([name, value]) => [(name as string).slice(start.length), value]));
  }
  const known = places(root, '').flatMap(({ path }) => (path === '' ? [] : [path]));
  const others = known.length > 0 ? ` It has weights under ${shorter(known)}.` : '';
  throw refusedFile(`The file holds no weights under the key '${key.slice(0, 80)}'.${others}`);
}

function noWeights(root: Value): Error {
  const keys = isMap(root) ? [...root.keys()].filter((name) => typeof name === 'string') : [];
  const found = keys.length > 0 ? ` It holds ${shorter(keys)}.` : '';
  const opaque = passedOver(root);
  const built = opaque.length > 0 ? ` Not built: ${shorter(opaque)}.` : '';
  return refusedFile(
    `The file holds no weights: expected a dictionary of tensors, or one under ${WRAPPERS.slice(0, -1).join(', ')} or ${WRAPPERS.at(-1)}.${found}${built} Save model.state_dict().`,
  );
}

/** The values that were not built, by their place: 'args (argparse.Namespace)'. */
export function passedOver(root: Value): string[] {
  const found: string[] = [];
  const seen = new Set<Value>();
  const waiting: [path: string, value: Value][] = [['', root]];
  for (let next = waiting.pop(); next && seen.size < MOST_VALUES; next = waiting.pop()) {
    const [path, value] = next;
    if (isOpaqueValue(value)) found.push(path === '' ? value.name : `${path} (${value.name})`);
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const below = isMap(value)
      ? [...value]
      : (isTuple(value) ? value.items : Array.isArray(value) ? value : []).entries();
    for (const [name, item] of below)
      waiting.push([path === '' ? label(name) : `${path}.${label(name)}`, item as Value]);
  }
  return found.sort();
}

const label = (name: Value) => String(typeof name === 'object' ? '…' : name).slice(0, 40);

/** 'a, b and 3 more' */
const shorter = (names: readonly unknown[]) => {
  const shown = names.slice(0, SHOWN).map((name) => String(name).slice(0, 60));
  return names.length > SHOWN ? `${shown.join(', ')} and ${names.length - SHOWN} more` : shown.join(', ');
};

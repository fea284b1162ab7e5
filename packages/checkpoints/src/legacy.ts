// Files from before PyTorch 1.6, and of torch.save(…, _use_new_zipfile_serialization=False): pickles one after the other (a
// magic number, a version, the machine, the object, the storages' keys), then each storage's count and numbers.
import { refused } from './errors.ts';
import { readPickleAt, type Value } from './pickle.ts';
import { bytesOfEach, type Storage, world } from './world.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
/** The magic number as protocols 2 to 5 write it, and as protocol 1 does. */
const STARTS = [
  Uint8Array.of(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19),
  new TextEncoder().encode(`L${MAGIC}L`),
];

/** Whether a file begins as these do; `bytes` may be only its beginning. */
export function isLegacy(bytes: Uint8Array): boolean {
  const [mark, protocol = 0, next] = bytes;
  const start = mark !== 0x80 ? 0 : protocol >= 4 && next === 0x95 ? 11 : 2; // after a frame
  return STARTS.some((magic) => magic.every((byte, i) => bytes[start + i] === byte));
}

/** The object and the bytes of its storages. @throws RingformerError 'bad-checkpoint' */
export function readLegacy(bytes: Uint8Array): { root: Value; storage: (key: string) => Uint8Array | undefined } {
  const storages = new Map<string, Storage>();
  const persistent = (id: Value) => {
    const found = world.persistent(id) as Storage;
    storages.set(found.key, found);
    return found;
  };
  let at = 0;
  const next = () => {
    const { value, end } = readPickleAt(bytes, at, { ...world, persistent });
    at = end;
    return value;
  };
  if (next() !== MAGIC || next() !== VERSION) throw refused('it has another version than PyTorch ever wrote');
  const machine = next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) throw refused('its numbers are big-endian');
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) throw refused('it does not list its storages');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined) throw refused('it lists a storage that no tensor has');
    if (at + 8 > bytes.length) throw cutOff(bytes, storage);
    const size = Number(view.getBigInt64(at, true)) * bytesOfEach(storage);
    at += 8;
    if (!(size >= 0 && at + size <= bytes.length)) throw cutOff(bytes, storage);
    parts.set(storage.key, bytes.subarray(at, at + size));
    at += size;
  }
  return { root, storage: (key) => parts.get(key) };
}

const cutOff = ({ length }: Uint8Array, { key }: Storage) =>
  refused(`the file ends at byte ${length}, within the storage ${key.slice(0, 80)}. Perhaps its end is missing`);

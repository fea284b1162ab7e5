// What tests make pickles and archives from, byte by byte.

const utf8 = (text: string) => [...new TextEncoder().encode(text)];
const u32 = (n: number) => [n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255];

/** Instructions of a pickle. */
export const op = {
  proto: (version = 2) => [128, version],
  stop: [46],
  mark: [40],
  none: [78],
  int: (n: number) => [74, ...u32(n)],
  text: (text: string) => [88, ...u32(utf8(text).length), ...utf8(text)],
  global: (module: string, name: string) => [99, ...utf8(`${module}\n${name}\n`)],
  tuple: (...items: number[][]) => [40, ...items.flat(), 116],
  dict: (...pairs: [number[], number[]][]) => [125, 40, ...pairs.flat(2), 117],
  reduce: [82],
  persistent: [81],
};

/** A pickled state dictionary of one tensor `w`, with a storage of four floats under key 0. */
export function stateDict(
  { offset = 0, shape = [2], strides = [1], count = 4, type = 'FloatStorage', key = '0', view = [] } = {} as {
    offset?: number;
    shape?: number[];
    strides?: number[];
    count?: number;
    type?: string;
    key?: string;
    /** Which part of its storage it is, as files from before PyTorch 1.6 say it. */
    view?: number[];
  },
): number[] {
  const numbers = (values: number[]) => op.tuple(...values.map(op.int));
  const storage = [
    ...op.tuple(op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(count), view),
    ...op.persistent,
  ];
  const args = op.tuple(storage, op.int(offset), numbers(shape), numbers(strides), [137], op.none);
  const tensor = [...op.global('torch._utils', '_rebuild_tensor_v2'), ...args, ...op.reduce];
  return [...op.proto(), ...op.dict([op.text('w'), tensor]), ...op.stop];
}

/** A zip archive, nothing compressed. */
export function zip(files: Record<string, Uint8Array | number[]>): Uint8Array {
  let bytes: number[] = [];
  const directory: number[] = [];
  for (const [name, content] of Object.entries(files)) {
    const data = Array.from(content);
    const shared = [
      20,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      ...u32(0),
      ...u32(data.length),
      ...u32(data.length),
      utf8(name).length,
      0,
      0,
      0,
    ];
    directory.push(
      ...u32(0x02014b50),
      20,
      0,
      ...shared,
      0,
      0,
      0,
      0,
      0,
      0,
      ...u32(0),
      ...u32(bytes.length),
      ...utf8(name),
    );
    bytes = bytes.concat(u32(0x04034b50), shared, utf8(name), data);
  }
  const count = Object.keys(files).length;
  const end = [
    ...u32(0x06054b50),
    0,
    0,
    0,
    0,
    count,
    0,
    count,
    0,
    ...u32(directory.length),
    ...u32(bytes.length),
    0,
    0,
  ];
  return Uint8Array.from([...bytes, ...directory, ...end]);
}

/** The archive of `torch.save` with this pickle and storage 0. */
export const archive = (pickle: number[], storage: Uint8Array = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)) =>
  zip({ 'a/data.pkl': pickle, 'a/data/0': storage, 'a/version': [51, 10] });

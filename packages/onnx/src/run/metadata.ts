import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { RingformerError } from '@ringformer/core/base';

const METADATA = 14; // ModelProto.metadata_props: each has a key, 1, and a value, 2

/**
 * The configuration that `exportSeq2seq` or `exportVision` wrote into a graph. Only metadata is read.
 * @throws RingformerError 'bad-file' if the bytes are not such a graph.
 */
export function graphConfig(name: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let text: string | undefined;
  try {
    text = property(bytes, 'ringformer.config');
    if (text !== undefined) return JSON.parse(text);
  } catch (cause) {
    throw new RingformerError(
      'bad-file',
      `[ringformer/onnx] ${name} is not an ONNX file, or only part of one: ${(cause as Error).message}. Export the model again.`,
      { cause },
    );
  }
  throw new RingformerError(
    'bad-file',
    `[ringformer/onnx] ${name} has no ringformer.config: it was not written by ringformer export --format onnx.`,
  );
}

/** @throws RingformerError 'bad-config' if a graph was made from another model than config.json describes. */
export function checkSameModel(name: string, bytes: Uint8Array, config: object): void {
  const stored = config as Readonly<Record<string, unknown>>;
  const odd = Object.entries(graphConfig(name, bytes)).filter(
    ([key, value]) => key in stored && JSON.stringify(stored[key]) !== JSON.stringify(value),
  );
  if (odd.length === 0) return;
  const list = odd.map(
    ([key, value]) => `${key} is ${JSON.stringify(value)} in the graph, ${JSON.stringify(stored[key])}`,
  );
  throw new RingformerError(
    'bad-config',
    `[ringformer/onnx] ${name} and config.json belong to different models: ${list.join(', ')} in config.json.`,
  );
}

function property(bytes: Uint8Array, wanted: string): string | undefined {
  const model = new BinaryReader(bytes);
  let found: string | undefined;
  while (model.pos < model.len) {
    const [field, type] = model.tag();
    if (field !== METADATA || type !== WireType.LengthDelimited) {
      model.skip(type, field);
      continue;
    }
    const entry = new BinaryReader(model.bytes());
    const strings = new Map<number, string>();
    while (entry.pos < entry.len) strings.set(entry.tag()[0], entry.string());
    if (strings.get(1) === wanted) found = strings.get(2);
  }
  if (model.pos !== model.len) throw new Error('it ends early');
  return found;
}

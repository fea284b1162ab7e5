// The part of onnx.proto (github.com/onnx/onnx, IR version 8) that our graphs need.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { RingformerError } from '@ringformer/core/base';

/** An edge of the graph: its data type, and its sizes as numbers or as the names of those that may vary. */
export type ValueInfo = {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
};
export type ElementType = 'float' | 'int64';
/** An initializer: numbers that the file contains. */
export type Initializer = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
};
/** An integer, a list of integers, or a float. */
export type Attribute = number | readonly number[] | { readonly float: number };
export type Node = {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
};
export type Graph = {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
};

/** A file in pieces, to be written one after another: large weights are views of the given numbers, not copies. */
export type FileParts = Uint8Array[];

const OPSET = 17; // the first with LayerNormalization
const IR_VERSION = 8; // the version that came with it
const ELEMENT = { float: 1, int64: 7 } as const;
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;
/** Protocol buffers have at most 2 GiB. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * A ModelProto with the graph; `metadata` becomes its metadata_props.
 * @throws RingformerError 'bad-argument' if it would exceed the 2 GiB that a protocol buffer can have.
 */
export function encodeModel(graph: Graph, metadata: Readonly<Record<string, string>>): FileParts {
  const parts = [
    ...integer(1, IR_VERSION),
    ...text(2, 'ringformer'),
    ...message(7, encodeGraph(graph)),
    ...message(8, [...text(1, ''), ...integer(2, OPSET)]),
    ...Object.entries(metadata).flatMap(([key, value]) => message(14, [...text(1, key), ...text(2, value)])),
  ];
  const bytes = sizeOf(parts);
  if (bytes > MOST_BYTES) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/onnx] ${graph.name}.onnx would have ${bytes} bytes, but an ONNX file can have at most ${MOST_BYTES}. Export fewer levels, or use the model as safetensors.`,
    );
  }
  return joinSmall(parts);
}

const encodeGraph = ({ name, nodes, initializers, inputs, outputs }: Graph): FileParts => [
  ...nodes.flatMap((node) => message(1, encodeNode(node))),
  ...text(2, name),
  ...initializers.flatMap((initializer) => message(5, encodeTensor(initializer))),
  ...inputs.flatMap((value) => message(11, encodeValue(value))),
  ...outputs.flatMap((value) => message(12, encodeValue(value))),
];

const encodeNode = ({ op, inputs, outputs, attributes }: Node): FileParts => [
  ...inputs.flatMap((input) => text(1, input)),
  ...outputs.flatMap((output) => text(2, output)),
  ...text(3, outputs[0] ?? ''),
  ...text(4, op),
  ...Object.entries(attributes).flatMap(([name, value]) => message(5, encodeAttribute(name, value))),
];

function encodeAttribute(name: string, value: Attribute): FileParts {
  if (typeof value === 'number') return [...text(1, name), ...integer(3, value), ...integer(20, ATTRIBUTE.int)];
  if ('float' in value) return [...text(1, name), ...float(2, value.float), ...integer(20, ATTRIBUTE.float)];
  return [...text(1, name), ...value.flatMap((each) => integer(8, each)), ...integer(20, ATTRIBUTE.ints)];
}

const encodeTensor = ({ name, shape, data }: Initializer): FileParts => [
  ...shape.flatMap((size) => integer(1, size)),
  ...integer(2, ELEMENT[data instanceof Float32Array ? 'float' : 'int64']),
  ...text(8, name),
  ...message(9, [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]),
];

function encodeValue({ name, type, shape }: ValueInfo): FileParts {
  const dims = shape.flatMap((size) => message(1, typeof size === 'number' ? integer(1, size) : text(2, size)));
  const tensor = [...integer(1, ELEMENT[type]), ...message(2, dims)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

const integer = (field: number, value: number): FileParts => [
  new BinaryWriter().tag(field, WireType.Varint).int64(value).finish(),
];
const float = (field: number, value: number): FileParts => [
  new BinaryWriter().tag(field, WireType.Bit32).float(value).finish(),
];
const text = (field: number, value: string): FileParts => [
  new BinaryWriter().tag(field, WireType.LengthDelimited).string(value).finish(),
];
/** A message, or bytes, inside a message. */
const message = (field: number, parts: FileParts): FileParts => [
  new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(sizeOf(parts)).finish(),
  ...parts,
];

const sizeOf = (parts: FileParts) => parts.reduce((total, { byteLength }) => total + byteLength, 0);

/** Joins runs of small parts that are cheaper to copy than to write one by one. */
function joinSmall(parts: FileParts): FileParts {
  const joined: FileParts = [];
  let run = new BinaryWriter();
  for (const part of parts) {
    if (part.byteLength < 4096) run.raw(part);
    else {
      joined.push(run.finish(), part);
      run = new BinaryWriter();
    }
  }
  return [...joined, run.finish()];
}

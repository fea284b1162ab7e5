import type { Place } from '@ringformer/core/base';
import {
  type Attribute,
  type ElementType,
  encodeModel,
  type FileParts,
  type Initializer,
  type Node,
  type ValueInfo,
} from './model-proto.ts';
import { type Leaf, leafAt, nameOf, transposed, type Weights } from './weights.ts';

/** The name of an edge of the graph. */
export type Value = string;
type Attributes = Readonly<Record<string, Attribute>>;

/** A graph under construction. Whatever is requested twice by the same name is stored once. */
export type GraphBuilder = {
  input(name: string, type: ElementType, shape: ValueInfo['shape']): Value;
  output(name: string, value: Value, type: ElementType, shape: ValueInfo['shape']): void;
  /** Adds a node of ONNX's own operators and returns its one output. */
  op(type: string, inputs: readonly Value[], attributes?: Attributes): Value;
  /** The same for an operator that has two. */
  op2(type: string, inputs: readonly Value[], attributes?: Attributes): [Value, Value];
  /** The weight at a place; `turned` [m n] → [n m], because MatMul needs what we store as [out in]. */
  weight(place: Place, turned?: 'turned'): Value;
  /** The same numbers in another shape. */
  reshaped(place: Place, shape: readonly number[]): Value;
  /** Whether the model has the weight. */
  has(place: Place): boolean;
  /** Numbers that we compute. */
  table(name: string, make: () => Leaf): Value;
  ints(values: readonly number[]): Value;
  /** A single integer or float, without axes. */
  int(value: number): Value;
  float(value: number): Value;
  finish(metadata: Readonly<Record<string, string>>): FileParts;
};

export function graphBuilder(name: string, weights: Weights): GraphBuilder {
  const nodes: Node[] = [];
  const initializers = new Map<string, Initializer>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];

  const hold = (name: string, make: () => Omit<Initializer, 'name'>): Value => {
    if (!initializers.has(name)) initializers.set(name, { name, ...make() });
    return name;
  };
  const add = <V extends readonly Value[]>(
    op: string,
    from: readonly Value[],
    to: V,
    attributes: Attributes = {},
  ): V => {
    nodes.push({ op, inputs: from, outputs: to, attributes });
    return to;
  };

  return {
    input(name, type, shape) {
      inputs.push({ name, type, shape });
      return name;
    },
    output(name, value, type, shape) {
      outputs.push({ name, type, shape });
      add('Identity', [value], [name]);
    },
    op: (type, from, attributes) => add(type, from, [`${type}_${nodes.length}`] as const, attributes)[0],
    op2(type, from, attributes) {
      const name = `${type}_${nodes.length}`;
      return add(type, from, [`${name}.0`, `${name}.1`], attributes) as [Value, Value];
    },
    weight: (place, turned) =>
      turned
        ? hold(`${nameOf(place)}.turned`, () => transposed(leafAt(weights, place)))
        : hold(nameOf(place), () => leafAt(weights, place)),
    reshaped: (place, shape) => hold(nameOf(place), () => ({ ...leafAt(weights, place), shape })),
    has: ({ path }) => weights[path] !== undefined,
    table: hold,
    ints: (values) =>
      hold(`ints ${values}`, () => ({ shape: [values.length], data: BigInt64Array.from(values, BigInt) })),
    int: (value) => hold(`int ${value}`, () => ({ shape: [], data: BigInt64Array.of(BigInt(value)) })),
    float: (value) => hold(`float ${value}`, () => ({ shape: [], data: Float32Array.of(value) })),
    finish: (metadata) =>
      encodeModel({ name, nodes, initializers: [...initializers.values()], inputs, outputs }, metadata),
  };
}

// ONNX graphs of the same model, fused as far as ONNX Runtime's operators allow: one product for queries, keys and
// values, MultiHeadAttention with past, SkipLayerNormalization, exact Gelu, weights shared by all levels.
import proto from 'onnx-proto';

const { onnx } = proto;
const FLOAT = 1;
const INT8 = 3;
const INT64 = 7;

/** Collects nodes and weights of a graph. */
function graph(name) {
  const nodes = [];
  const weights = new Map();
  let next = 0;
  const attribute = (key, value) =>
    Number.isInteger(value)
      ? { name: key, i: value, type: 2 }
      : Array.isArray(value)
        ? { name: key, ints: value, type: 7 }
        : { name: key, f: value, type: 1 };
  return {
    /** Adds a node and returns the names of its outputs (a single name if there is one). */
    node(opType, inputs, { outputs = 1, domain = '', ...attributes } = {}) {
      const names = Array.from({ length: outputs }, () => `${opType}_${next++}`);
      nodes.push({
        opType,
        domain,
        input: inputs,
        output: names,
        name: names[0],
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      });
      return outputs === 1 ? names[0] : names;
    },
    /** A weight; the same name is stored once. */
    weight(key, make) {
      if (!weights.has(key)) {
        const { data, shape } = make();
        const dataType = data instanceof Float32Array ? FLOAT : data instanceof Int8Array ? INT8 : INT64;
        const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        weights.set(key, { name: key, dims: shape, dataType, rawData });
      }
      return key;
    },
    rename(from, to) {
      nodes.push({ opType: 'Identity', input: [from], output: [to], name: to });
    },
    bytes(inputs, outputs) {
      const value = ([key, elemType, dims]) => ({
        name: key,
        type: {
          tensorType: {
            elemType,
            shape: { dim: dims.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d })) },
          },
        },
      });
      return onnx.ModelProto.encode({
        irVersion: 8,
        producerName: 'ringformer-bench',
        opsetImport: [
          { domain: '', version: 17 },
          { domain: 'com.microsoft', version: 1 },
        ],
        graph: {
          name,
          node: nodes,
          initializer: [...weights.values()],
          input: inputs.map(value),
          output: outputs.map(value),
        },
      }).finish();
    },
  };
}

/** [out in] → [in out] */
function transpose({ data, shape: [out, inner] }) {
  const turned = new Float32Array(data.length);
  for (let o = 0; o < out; o++) for (let i = 0; i < inner; i++) turned[i * out + o] = data[o * inner + i];
  return { data: turned, shape: [inner, out] };
}

/** Matrices [k n] side by side. */
function beside(parts) {
  const k = parts[0].shape[0];
  const n = parts.reduce((total, { shape }) => total + shape[1], 0);
  const data = new Float32Array(k * n);
  let at = 0;
  for (const part of parts) {
    const width = part.shape[1];
    for (let row = 0; row < k; row++) data.set(part.data.subarray(row * width, (row + 1) * width), row * n + at);
    at += width;
  }
  return { data, shape: [k, n] };
}

/** Matrices along the diagonal, zeros elsewhere. */
function diagonal(parts) {
  const k = parts.reduce((total, { shape }) => total + shape[0], 0);
  const n = parts.reduce((total, { shape }) => total + shape[1], 0);
  const data = new Float32Array(k * n);
  let [row, column] = [0, 0];
  for (const { data: values, shape } of parts) {
    for (let i = 0; i < shape[0]; i++) {
      data.set(values.subarray(i * shape[1], (i + 1) * shape[1]), (row + i) * n + column);
    }
    row += shape[0];
    column += shape[1];
  }
  return { data, shape: [k, n] };
}

/** C + A·B, all in float64 sums. */
function plusProduct(c, a, b) {
  const [k, r] = a.shape;
  const n = b.shape[1];
  const data = Float32Array.from(c.data);
  for (let i = 0; i < k; i++) {
    for (let p = 0; p < r; p++) {
      const x = a.data[i * r + p];
      for (let j = 0; j < n; j++) data[i * n + j] += x * b.data[p * n + j];
    }
  }
  return { data, shape: [k, n] };
}

function quantise({ data, shape: [k, n] }) {
  const scale = new Float32Array(n);
  for (let i = 0; i < data.length; i++) scale[i % n] = Math.max(scale[i % n], Math.abs(data[i]) / 127);
  return { scale, data: Int8Array.from(data, (x, i) => Math.round(x / (scale[i % n] || 1))), shape: [k, n] };
}

/**
 * The two programs of a translator: encode: ids [b m] → crossKey, crossValue [b h m e]; decode: ids [b 1], position [1],
 * past of each level → ids [b 1] (the likeliest), present of each level. `signals` 'thin' multiplies by the low-rank
 * matrices; 'merged' adds them into a copy of the weights for each level.
 */
export function graphsOf(config, weights, { int8 = false, signals = 'thin', logits = false } = {}) {
  const { dim, heads, rank, encoderLevels, decoderLevels, maxLength, targetVocab } = config;
  const slice = (name, i) => {
    const { data, shape } = weights[name];
    const size = shape[1] * (shape[2] ?? 1);
    return { data: data.subarray(i * size, (i + 1) * size), shape: shape.slice(1) };
  };
  const linearOf = (...names) => beside(names.map((name) => transpose(weights[`${name}.weight`])));

  const tools = (g) => {
    const product = (x, key, make) => {
      if (!int8) return g.node('MatMul', [x, g.weight(key, make)]);
      let q;
      const made = () => (q ??= quantise(make()));
      const w = g.weight(`${key}.int8`, made);
      const scale = g.weight(`${key}.scale`, () => ({ data: made().scale, shape: [made().scale.length] }));
      return g.node('DynamicQuantizeMatMul', [x, w, scale], { domain: 'com.microsoft' });
    };
    const norm = (x, added, key, i) =>
      g.node(
        'SkipLayerNormalization',
        [
          x,
          added,
          ...['weight', 'bias'].map((leaf) => g.weight(`${key}.${leaf}.${i}`, () => slice(`${key}.${leaf}`, i))),
        ],
        { domain: 'com.microsoft', epsilon: config.normEpsilon },
      );
    const signal = (side, i, names) => {
      const path = (name) => `${side}.levels.signals.${name}`;
      const down = () => beside(names.map((name) => transpose(slice(`${path(name)}.down`, i))));
      const up = () => diagonal(names.map((name) => slice(`${path(name)}.up`, i)));
      return { down, up };
    };
    const qkv = (x, side, attn, i) => {
      const names = ['query', 'key', 'value'];
      const { down, up } = signal(side, i, names);
      const base = () => linearOf(...names.map((name) => `${side}.shared.${attn}.${name}`));
      let all;
      if (signals === 'merged') all = product(x, `${side}.qkv.${i}`, () => plusProduct(base(), down(), up()));
      else {
        const read = product(x, `${side}.down.${i}`, down);
        all = g.node('Add', [product(x, `${side}.qkv`, base), product(read, `${side}.up.${i}`, up)]);
      }
      const sizes = g.weight('thirds', () => ({ data: BigInt64Array.from([dim, dim, dim].map(BigInt)), shape: [3] }));
      return g.node('Split', [all, sizes], { outputs: 3, axis: -1 });
    };
    const feedForward = (x, side, i) => {
      const { down, up } = signal(side, i, ['ffn']);
      const read = product(x, `${side}.ffnDown.${i}`, down);
      const z = g.node('Add', [x, product(read, `${side}.ffnUp.${i}`, up)]);
      const hidden = product(z, `${side}.fc1`, () => linearOf(`${side}.shared.ffn.fc1`));
      const active = g.node('Gelu', [hidden], { domain: 'com.microsoft' });
      return product(active, `${side}.fc2`, () => linearOf(`${side}.shared.ffn.fc2`));
    };
    const attention = (inputs, outputs = 1) =>
      g.node('MultiHeadAttention', inputs, { domain: 'com.microsoft', num_heads: heads, outputs });
    const table = () => {
      const data = new Float32Array(maxLength * dim);
      for (let p = 0; p < maxLength; p++) {
        for (let k = 0; k < dim; k++) {
          const angle = p / 10000 ** ((k - (k % 2)) / dim);
          data[p * dim + k] = k % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
        }
      }
      return { data, shape: [maxLength, dim] };
    };
    const embed = (name, ids, positions) =>
      g.node('Add', [
        g.node('Gather', [g.weight(name, () => weights[name]), ids]),
        g.node('Gather', [g.weight('sinusoid', table), positions]),
      ]);
    return { product, norm, qkv, feedForward, attention, embed };
  };

  const e = graph('encode');
  const encoder = tools(e);
  let x = encoder.embed('encoder.tokens', 'ids', 'positions');
  for (let i = 0; i < encoderLevels; i++) {
    const attended = encoder.attention(encoder.qkv(x, 'encoder', 'attn', i));
    const out = encoder.product(attended, 'encoder.out', () => linearOf('encoder.shared.attn.out'));
    x = encoder.norm(x, out, 'encoder.levels.attnNorm', i);
    x = encoder.norm(x, encoder.feedForward(x, 'encoder', i), 'encoder.levels.ffnNorm', i);
  }
  for (const [part, to] of [
    ['key', 'crossKey'],
    ['value', 'crossValue'],
  ]) {
    const y = encoder.product(x, `cross.${part}`, () => linearOf(`decoder.shared.cross.${part}`));
    const shape = e.weight('heads', () => ({ data: BigInt64Array.from([0n, 0n, BigInt(heads), -1n]), shape: [4] }));
    e.rename(e.node('Transpose', [e.node('Reshape', [y, shape])], { perm: [0, 2, 1, 3] }), to);
  }
  const head = dim / heads;
  const cross = ['b', heads, 'm', head];

  const d = graph('decode');
  const decoder = tools(d);
  let y = decoder.embed('decoder.tokens', 'ids', 'position');
  const pastInputs = [];
  const presents = [];
  for (let i = 0; i < decoderLevels; i++) {
    pastInputs.push(
      [`pastKey.${i}`, FLOAT, ['b', heads, 't', head]],
      [`pastValue.${i}`, FLOAT, ['b', heads, 't', head]],
    );
    const thirds = decoder.qkv(y, 'decoder', 'self', i);
    const [attended, key, value] = decoder.attention([...thirds, '', '', '', `pastKey.${i}`, `pastValue.${i}`], 3);
    d.rename(key, `key.${i}`);
    d.rename(value, `value.${i}`);
    presents.push([`key.${i}`, FLOAT, ['b', heads, 't1', head]], [`value.${i}`, FLOAT, ['b', heads, 't1', head]]);
    const self = decoder.product(attended, 'self.out', () => linearOf('decoder.shared.self.out'));
    y = decoder.norm(y, self, 'decoder.levels.selfNorm', i);
    const query = decoder.product(y, 'cross.query', () => linearOf('decoder.shared.cross.query'));
    const seen = decoder.attention([query, 'crossKey', 'crossValue']);
    const out = decoder.product(seen, 'cross.out', () => linearOf('decoder.shared.cross.out'));
    y = decoder.norm(y, out, 'decoder.levels.crossNorm', i);
    y = decoder.norm(y, decoder.feedForward(y, 'decoder', i), 'decoder.levels.ffnNorm', i);
  }
  const all = d.node('Add', [
    decoder.product(y, 'head', () => linearOf('head')),
    d.weight('head.bias', () => weights['head.bias']),
  ]);
  d.rename(d.node('ArgMax', [all], { axis: -1, keepdims: 0 }), 'next');
  if (logits) d.rename(all, 'logits');
  return {
    rank,
    encode: e.bytes(
      [
        ['ids', INT64, ['b', 'm']],
        ['positions', INT64, ['m']],
      ],
      [
        ['crossKey', FLOAT, cross],
        ['crossValue', FLOAT, cross],
      ],
    ),
    decode: d.bytes(
      [
        ['ids', INT64, ['b', 1]],
        ['position', INT64, [1]],
        ['crossKey', FLOAT, cross],
        ['crossValue', FLOAT, cross],
        ...pastInputs,
      ],
      [['next', INT64, ['b', 1]], ...(logits ? [['logits', FLOAT, ['b', 1, targetVocab]]] : []), ...presents],
    ),
  };
}

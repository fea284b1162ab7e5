import { checkRaw, type Raw, type SpecTree } from '@ringformer/core/base';
import type { Case, Recording } from '@ringformer/core/parity';
import type { FileParts } from '@ringformer/onnx';
import { architectureNamed, vitArchitectureNamed } from './architecture.ts';
import { readTranslation, readVision, type Tensors, type Unknowns } from './checkpoint/recognise.ts';

/** A model as a directory holds it. */
export type Stored = {
  /** The text of config.json. */
  readonly config: string;
  readonly weights: Record<string, Raw>;
};

/** The result of importing the authors' weights. */
export type Imported = Stored & {
  readonly settings: { readonly architecture: string; readonly dim: number; readonly heads: number };
};

/** What the commands need from a kind of model; its packages load when they are needed. */
export type Family = {
  /** The name of a tensor that only the authors' weights of this kind have. */
  readonly anchor: string;
  /** The authors' weights under our names, checked. @throws FailedError if shapes don't fit together */
  import(tensors: Tensors, unknowns: Unknowns): Promise<Imported>;
  /** A directory's weights under the authors' names. */
  export(config: string, bytes: Uint8Array): Promise<Record<string, Raw>>;
  /** Its ONNX graphs of the first `levels` levels, by file name. */
  graphs(config: string, bytes: Uint8Array, levels?: number): Promise<Readonly<Record<string, FileParts>>>;
  /** A recording of it to compare with. */
  case(recording: Recording): Promise<Case>;
};

const translation: Family = {
  anchor: 'encoder.emb_layer.emb_layer.weight',
  async import(tensors, unknowns) {
    const { importReference, writeConfig } = await import('@ringformer/seq2seq');
    const settings = readTranslation(tensors, unknowns);
    const layout = await translationLayout(settings.architecture);
    const weights = importReference(settings, tensors, layout);
    checkRaw(`a translation model '${layout.name}'`, layout.spec(settings) as SpecTree, weights);
    return { settings, weights, config: writeConfig(settings) };
  },
  async export(text, bytes) {
    const { exportReference } = await import('@ringformer/seq2seq');
    const { config, weights, layout } = await openTranslation(text, bytes);
    return exportReference(config, weights, layout);
  },
  async graphs(text, bytes, levels) {
    const { exportSeq2seq } = await import('@ringformer/onnx');
    const { config, weights, layout } = await openTranslation(text, bytes);
    const some = { levels: { encoder: levels, decoder: levels } };
    const { encoder, decoder } = exportSeq2seq(config, weights, layout, some);
    return { 'encoder.onnx': encoder, 'decoder.onnx': decoder };
  },
  async case(recording) {
    const { translationCase } = await import('@ringformer/seq2seq/parity');
    return translationCase(recording, await architectureNamed(String(recording.settings.model)));
  },
};

const vision: Family = {
  anchor: 'transformer.embeddings.cls_token',
  async import(tensors, unknowns) {
    const { importReference, writeConfig } = await import('@ringformer/vit');
    const settings = readVision(tensors, unknowns);
    const layout = await visionLayout(settings.architecture);
    const weights = importReference(settings, tensors, layout);
    checkRaw(`a vision model '${layout.name}'`, layout.spec(settings) as SpecTree, weights);
    return { settings, weights, config: writeConfig(settings) };
  },
  async export(text, bytes) {
    const { exportReference } = await import('@ringformer/vit');
    const { config, weights, layout } = await openVision(text, bytes);
    return exportReference(config, weights, layout);
  },
  async graphs(text, bytes, levels) {
    const { exportVision } = await import('@ringformer/onnx');
    const { config, weights, layout } = await openVision(text, bytes);
    return { 'classifier.onnx': exportVision(config, weights, layout, { levels }) };
  },
  async case(recording) {
    const { visionCase } = await import('@ringformer/vit/parity');
    return visionCase(recording, await vitArchitectureNamed(String(recording.settings.model)));
  },
};

/** The kinds of models, by task. */
export const families = { translation, vision };
export type Task = keyof typeof families;

export const isTask = (name: unknown): name is Task => typeof name === 'string' && Object.hasOwn(families, name);

/**
 * The kind that `format` in config.json names. Without one it is a translation model, whose reader says what is wrong with
 * it.
 */
export function familyOf(config: string): Family {
  return formatOf(config).startsWith('ringformer-vit/') ? vision : translation;
}

function formatOf(config: string): string {
  try {
    return String(JSON.parse(config)?.format);
  } catch {
    return 'not JSON';
  }
}

async function translationLayout(name: string) {
  return (await architectureNamed(name)) ?? (await import('@ringformer/seq2seq')).ringFormer;
}

async function openTranslation(text: string, bytes: Uint8Array) {
  const { readConfig, readWeights } = await import('@ringformer/seq2seq');
  const config = readConfig(text);
  const layout = await translationLayout(config.architecture);
  return { config, layout, weights: readWeights(config, bytes, layout) };
}

async function visionLayout(name: string) {
  return (await vitArchitectureNamed(name)) ?? (await import('@ringformer/vit')).ringFormer;
}

async function openVision(text: string, bytes: Uint8Array) {
  const { readConfig, readWeights } = await import('@ringformer/vit');
  const config = readConfig(text);
  const layout = await visionLayout(config.architecture);
  return { config, layout, weights: readWeights(config, bytes, layout) };
}

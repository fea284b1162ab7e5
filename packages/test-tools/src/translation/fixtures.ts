import { type Case, type Json, readRecording } from '@ringformer/core/parity';
import type { AnyParams, Seq2seqConfig } from '@ringformer/seq2seq';
import { recordedBeams, recordedConfig, translationCase } from '@ringformer/seq2seq/parity';
import { readFixtureFile } from '../fixture-files.ts';
import { architectures } from './tiny.ts';

/** The fixtures of translation: three rings, and two of each baseline. */
export const FIXTURES = ['ring_a', 'ring_b', 'ring_c'].concat(
  ...['vanilla', 'universal', 'owf'].map((name) => [`${name}_a`, `${name}_b`]),
);

/** A file of a fixture. */
export function fixtureFile(name: string, file: string): Uint8Array {
  return readFixtureFile(`${name}/${file}`);
}

/** The authors' settings as ours. */
export function fixtureConfig(name: string): Seq2seqConfig {
  return recordedConfig(JSON.parse(new TextDecoder().decode(fixtureFile(name, 'config.json'))) as Json);
}

/** A tiny model with random parameters, and what the authors' code computed from it. */
export function fixtureCase(name: string): Case<AnyParams> {
  const recording = readRecording((file) => fixtureFile(name, file));
  return translationCase(recording, architectures[String(recording.settings.model)], recordedBeams(recording));
}

import { type Case, type Json, readRecording } from '@ringformer/core/parity';
import type { AnyParams, VitConfig } from '@ringformer/vit';
import { baselines } from '@ringformer/vit/baselines';
import { recordedConfig, visionCase } from '@ringformer/vit/parity';
import { readFixtureFile } from '../fixture-files.ts';

/** Two fixtures of each architecture; universal_b learns its table. */
export const FIXTURES = ['ring', 'vanilla', 'universal', 'owf'].flatMap((name) =>
  ['a', 'b'].map((which) => `vision_${name}_${which}`),
);

/** A file of a fixture. */
export function fixtureFile(name: string, file: string): Uint8Array {
  return readFixtureFile(`${name}/${file}`);
}

/** The authors' settings as ours. */
export function fixtureConfig(name: string): VitConfig {
  return recordedConfig(JSON.parse(new TextDecoder().decode(fixtureFile(name, 'config.json'))) as Json);
}

/** A tiny model with random parameters, and what the authors' code computed from it. */
export function fixtureCase(name: string): Case<AnyParams> {
  const recording = readRecording((file) => fixtureFile(name, file));
  return visionCase(recording, baselines[String(recording.settings.model)]);
}

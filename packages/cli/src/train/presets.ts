import { RingformerError } from '@ringformer/core/base';
import { flagOf, overridden } from './settings.ts';

/** A flag that stands for several settings: `--size S_16`, `--recipe paper`. */
export type Preset = {
  readonly says: string;
  readonly choices: readonly string[];
  /** The settings that `name` stands for, for models of this architecture; `given` are those beside it. */
  expand(
    name: string,
    architecture: string,
    given: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> | Promise<Record<string, unknown>>;
};
/** By flag; one that is also a setting has more choices than these. */
export type Presets = Readonly<Record<string, Preset>>;

/**
 * One layer of settings with what its presets stand for in their place. Settings beside a preset override it.
 * @throws RingformerError 'bad-argument' if there is no such preset
 */
export async function expandPresets(
  presets: Presets,
  settings: Readonly<Record<string, unknown>>,
  layer: Readonly<Record<string, unknown>>,
  architecture: string,
): Promise<Record<string, unknown>> {
  const given = { ...layer };
  let expanded: Record<string, unknown> = {};
  for (const [name, { choices, expand }] of Object.entries(presets)) {
    const value = given[name];
    if (value === undefined) continue;
    if (!choices.includes(String(value))) {
      if (Object.hasOwn(settings, name)) continue;
      throw new RingformerError(
        'bad-argument',
        `--${flagOf(name)} is '${value}'; expected one of ${choices.join(', ')}.`,
      );
    }
    delete given[name];
    const stands = await expand(String(value), architecture, given);
    expanded = { ...overridden(expanded, stands), ...stands };
  }
  return { ...overridden(expanded, given), ...given };
}

import type { Finding } from '@ringformer/core/parity';
import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { commonArgs, engineArgs, scan } from '../flags.ts';
import { colours, type Io, write, writeJson } from '../io.ts';
import type { Engine } from '../model.ts';
import { table } from '../table.ts';
import { engineOf } from '../translate/command.ts';
import type { AnalysisRecording } from './analysis.ts';
import type { Checked, EngineChoice } from './engine.ts';
import type { Fixture } from './fixture.ts';

const args = {
  'dir…': { type: 'positional', required: false, description: 'fixture directories' },
  ...engineArgs,
  engine: {
    ...engineArgs.engine,
    description:
      "what is compared: every level, gradient and update of TensorFlow.js' operations, or the probabilities of an engine",
    choices: ['tfjs', 'wasm', 'onnx'],
    valueHint: 'tfjs|wasm|onnx',
    default: 'tfjs',
  },
  ...commonArgs,
  model: { type: 'string', alias: 'm', description: 'another fixture directory', valueHint: 'DIR' },
} as const;

/**
 * `ringformer verify DIR…`: compares this implementation's numbers with the reference's; exit code 1 if one is beyond its
 * tolerance.
 */
export const verifyCommand = defineCommand({
  meta: { name: 'verify', description: "Compare this implementation with the reference's recorded numbers" },
  args,
  async run({ args: given, rawArgs, data }) {
    const io = data as Io;
    const directories = [...scan(rawArgs, args).positionals, ...(given.model === undefined ? [] : [given.model])];
    if (directories.length === 0)
      throw new UsageError('Give at least one fixture directory. See ringformer verify --help.');
    const [{ readFixture }, { checkAnalysis }] = await Promise.all([import('./fixture.ts'), import('./analysis.ts')]);
    const fixtures = await Promise.all(directories.map(readFixture)); // all of them before anything is computed
    const { engine, ...how } = engineOf(given);
    const onWhat = () => (engine === 'wasm' || engine === 'onnx' ? onEngine({ ...how, engine }) : onBackend(how, io));
    const ofModels = fixtures.some(({ of }) => of === 'model') ? await onWhat() : undefined;
    const paint = colours(io.stdout, io.env);
    let failed = 0;
    for (const fixture of fixtures) {
      const { name, sizes, place, findings } =
        fixture.of === 'analysis'
          ? analysed(fixture.recording, checkAnalysis(fixture.recording))
          : await (ofModels as Check)(fixture);
      const beyond = findings.filter(({ ok }) => !ok).length;
      failed += beyond;
      if (given.json) {
        await writeJson(io.stdout, {
          fixture: name,
          ...place,
          ok: beyond === 0,
          findings: findings.map(finite),
        });
        continue;
      }
      const rows = findings.map(({ kind, deviation, tolerance, ok }) => [
        ok ? paint.green('✓') : paint.red('✗'),
        kind,
        show(deviation),
        show(tolerance),
      ]);
      const head = ['', paint.dim('compared'), paint.dim('largest deviation'), paint.dim('tolerance')];
      const where = Object.entries(place).map(([kind, where]) => `, ${kind} ${where}`);
      const title = `${paint.bold(name)}: ${sizes}${where.join('')}`;
      const verdict = beyond === 0 ? 'All within tolerance.' : `${beyond} of ${findings.length} beyond tolerance.`;
      const lines = table([head, ...rows], ['left', 'left', 'right', 'right']);
      await write(io.stdout, `${title}\n${lines}${(beyond === 0 ? paint.green : paint.red)(verdict)}\n\n`);
    }
    return failed === 0 ? 0 : 1;
  },
});

type Place = { readonly backend: string } | { readonly engine: string } | Readonly<Record<string, never>>;
type Verified = Checked & { readonly place: Place };
/** Compares one model; `place` is what computed. */
type Check = (fixture: Extract<Fixture, { of: 'model' }>) => Promise<Verified>;

/** Analyses are computed in JavaScript, whatever the backend. */
function analysed({ name }: AnalysisRecording, findings: readonly Finding[]): Verified {
  return { name, sizes: 'analyses, in float64', place: {}, findings };
}

async function onBackend({ backend: wanted }: Pick<Engine, 'backend'>, io: Io): Promise<Check> {
  const { startBackend } = await import('../backends.ts');
  const backend = await startBackend(wanted);
  const { checkCase } = await import('../../../core/src/parity/checks.ts');
  return async ({ case: given }) => ({
    name: given.name,
    sizes: given.sizes,
    place: { backend: backend.name },
    findings: await checkCase(given, backend.name, io.signal),
  });
}

async function onEngine(choice: EngineChoice): Promise<Check> {
  const { checkOnEngine } = await import('./engine.ts');
  return async ({ recording }) => ({ ...(await checkOnEngine(recording, choice)), place: { engine: choice.engine } });
}

/** JSON has no infinity. */
function finite<T extends { readonly deviation: number }>(finding: T) {
  return Number.isFinite(finding.deviation) ? finding : { ...finding, deviation: null };
}

function show(x: number): string {
  if (!Number.isFinite(x)) return 'no match';
  return x === 0 ? '0' : x.toExponential(1);
}

import { defineCommand } from 'citty';
import type { BackendName } from '../backends.ts';
import { UsageError } from '../errors.ts';
import { commonArgs, scan } from '../flags.ts';
import { colours, type Io, write, writeJson } from '../io.ts';
import { table } from '../table.ts';

const args = {
  'dir…': { type: 'positional', required: false, description: 'fixture directories' },
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
    const { readFixture } = await import('./fixture.ts');
    const fixtures = await Promise.all(directories.map(readFixture)); // all of them before anything is computed
    const { startBackend } = await import('../backends.ts');
    const backend = await startBackend(given.backend as BackendName);
    const { checkCase } = await import('../../../core/src/parity/checks.ts');
    const paint = colours(io.stdout, io.env);
    let failed = 0;
    for (const fixture of fixtures) {
      const findings = await checkCase(fixture, backend.name, io.signal);
      const beyond = findings.filter(({ ok }) => !ok).length;
      failed += beyond;
      if (given.json) {
        await writeJson(io.stdout, {
          fixture: fixture.name,
          backend: backend.name,
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
      const title = `${paint.bold(fixture.name)}: ${fixture.sizes}, backend ${backend.name}`;
      const verdict = beyond === 0 ? 'All within tolerance.' : `${beyond} of ${findings.length} beyond tolerance.`;
      const lines = table([head, ...rows], ['left', 'left', 'right', 'right']);
      await write(io.stdout, `${title}\n${lines}${(beyond === 0 ? paint.green : paint.red)(verdict)}\n\n`);
    }
    return failed === 0 ? 0 : 1;
  },
});

/** JSON has no infinity. */
function finite<T extends { readonly deviation: number }>(finding: T) {
  return Number.isFinite(finding.deviation) ? finding : { ...finding, deviation: null };
}

function show(x: number): string {
  if (!Number.isFinite(x)) return 'no match';
  return x === 0 ? '0' : x.toExponential(1);
}

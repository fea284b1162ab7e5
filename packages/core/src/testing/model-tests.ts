import { describe, expect, type TestContext, test } from 'vitest';
import type { Backend } from '../backend.ts';
import type { Case } from '../parity/case.ts';
import { checkBeams, checkForward, checkGradients, checkTraining } from '../parity/checks.ts';
import type { Finding } from '../parity/compare.ts';
import { GRADIENT_FLOOR, TOLERANCES } from '../parity/tolerances.ts';
import { disposeTree, type Tree } from '../tree.ts';
import { withoutLeaks } from './expect.ts';
import { note } from './note.ts';

/** Everything that was recorded of a model, compared on the running backend. */
export function testModel<P extends Tree>(
  model: Case<P>,
  name: Backend['name'],
  backend: () => Pick<Backend, 'trains'>,
): void {
  const { training, ids, beams } = model.recorded;
  const tolerances = TOLERANCES[name];
  const withParams = <T>(work: (params: P) => Promise<T>) =>
    withoutLeaks(async () => {
      const params = model.load();
      const result = await work(params);
      disposeTree(params);
      return result;
    });
  const skipUnlessTrains = ({ skip }: TestContext) => skip(!backend().trains, 'this backend does not train');

  describe(model.name, () => {
    test('every intermediate', async ({ task }) => {
      note(task, name, 'level');
      const findings = await withParams((params) => checkForward(model, params, tolerances));
      expectWithin(findings);
      note(task, name, 'level', worst(findings));
    });

    test('every gradient', async (context) => {
      note(context.task, name, 'gradient');
      skipUnlessTrains(context);
      const findings = await withParams((params) => checkGradients(model, params, tolerances));
      expectWithin(findings);
      const shares = findings.map(({ deviation, tolerance }) =>
        tolerance > GRADIENT_FLOOR ? Math.max(0, deviation - GRADIENT_FLOOR) / (tolerance - GRADIENT_FLOOR) : 0,
      );
      note(context.task, name, 'gradient', tolerances.gradient * Math.max(0, ...shares));
    });

    test(`${training.losses.length + 1} losses`, async (context) => {
      note(context.task, name, 'loss');
      skipUnlessTrains(context);
      const { losses, final } = await withParams((params) => checkTraining(model, params, tolerances));
      expectWithin([losses, final]);
      note(context.task, name, 'loss', worst([losses, final]));
    });

    if (ids) {
      test('greedy search', ({ task }) =>
        withParams(async (params) => {
          note(task, name);
          expect(await model.generate?.(params)).toEqual(ids);
        }));
    }
    if (beams) {
      test('beam search', async ({ task }) => {
        note(task, name, 'score');
        const found = await withParams(async (params) => model.search?.(params));
        const [tokens, scores] = checkBeams(found, beams, tolerances);
        expectWithin([tokens, scores]);
        note(task, name, 'score', scores.deviation);
      });
    }
  });
}

/** Expects every finding to be within its tolerance. */
function expectWithin(findings: readonly Finding[]): void {
  expect(
    findings.filter(({ ok }) => !ok),
    'beyond tolerance',
  ).toEqual([]);
}

const worst = (findings: readonly Finding[]) => Math.max(0, ...findings.map(({ deviation }) => deviation));

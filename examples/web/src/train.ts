import { drawCurve, type Point } from './curve.ts';
import { byId, el, isAbort, reasonOf, saveFile } from './dom.ts';
import { settingsOf, workerFor } from './engines.ts';
import { fashionMini } from './mini.ts';
import type { Page } from './page.ts';
import { alone, idle, isBusy } from './run-lock.ts';
import { forgetRun, keepRun, loadRun, type Run } from './run-store.ts';
import { zipModel } from './zip.ts';

const FIELDS = {
  steps: { says: 'Updates', value: 600, min: 10, max: 20000 },
  levels: { says: 'Levels', value: 4, min: 1, max: 12 },
  dim: { says: 'Width', value: 64, min: 16, max: 256, step: 16 },
} as const;
type Field = keyof typeof FIELDS;

/** Trains a small classifier, keeps it between visits, and offers it for download. */
export function startTrain(page: Page) {
  let run: Run | undefined;
  let running: AbortController | undefined;
  const button = (id: string) => byId<HTMLButtonElement>(id);
  const inputs = Object.fromEntries(
    Object.entries(FIELDS).map(([name, { says, ...limits }]) => {
      const input = el('input', { type: 'number', id: `train-${name}`, ...limits });
      byId('settings').append(el('label', {}, says, input));
      return [name, input];
    }),
  ) as Record<Field, HTMLInputElement>;
  const figures = (text: string) => {
    byId('train-figures').textContent = text;
  };

  const show = () => {
    const at = run?.points.at(-1)?.step ?? 0;
    const steps = run?.settings.steps ?? Number(inputs.steps.value);
    const done = run?.trained !== undefined;
    button('start').textContent = running ? 'Training…' : run && !done ? `Resume from update ${at}` : 'Start';
    button('start').disabled = running !== undefined || done;
    button('stop').disabled = running === undefined;
    button('forget').disabled = running !== undefined || run === undefined;
    button('download').disabled = !done;
    for (const name of Object.keys(FIELDS) as Field[]) {
      inputs[name].disabled = run !== undefined;
      if (run) inputs[name].value = String(run.settings[name]);
    }
    byId<HTMLProgressElement>('train-progress').value = at / steps;
    byId('curve').replaceChildren(...(run ? [drawCurve(run.points, steps)] : []));
  };

  const settings = () => {
    const read = (name: Field) =>
      Math.min(
        FIELDS[name].max,
        Math.max(FIELDS[name].min, Math.round(Number(inputs[name].value)) || FIELDS[name].value),
      );
    return { steps: read('steps'), levels: read('levels'), dim: 16 * Math.round(read('dim') / 16) };
  };

  const train = async () => {
    const controller = new AbortController();
    running = controller;
    run ??= { id: `${Date.now()} ${Math.random()}`, saved: 0, settings: settings(), points: [] };
    const { steps, levels, dim } = run.settings;
    show();
    let points: Point[] = [...run.points];
    const begun = { at: performance.now(), step: points.at(-1)?.step ?? 0 };
    let drawn = 0;
    try {
      const worker = await workerFor(settingsOf(page.engine()).backend, 'training');
      const trained = await worker.train(
        {
          data: await fashionMini(),
          holdOut: 500,
          model: { levels, dim, mlpDim: 2 * dim },
          steps,
          cooldown: Math.round(steps / 3),
          evaluateEvery: Math.max(10, Math.round(steps / 12)),
          checkpointEvery: 25,
          ...(run.checkpoint ? { checkpoint: run.checkpoint } : {}),
        },
        {
          signal: controller.signal,
          onStep: ({ step, loss }) => {
            points.push({ step, loss });
            if (performance.now() - drawn < 250) return;
            drawn = performance.now();
            const left = ((performance.now() - begun.at) / (step - begun.step)) * (steps - step);
            figures(`Update ${step} of ${steps}, loss ${loss.toFixed(3)}, ${time(left)} to go.`);
            run = { ...(run as Run), points };
            show();
          },
          onEvaluation: ({ step, accuracy }) => {
            points.push({ step, accuracy });
          },
          onCheckpoint: async (checkpoint, step) => {
            // what came after a checkpoint is computed again, to the same bits
            const { id, saved, settings } = run as Run;
            const before = points.filter((point) => point.step <= step);
            run = { id, saved: saved + 1, settings, points: before, checkpoint };
            await keepRun(run).catch((error) => {
              page.notice(
                `Training continues but cannot be saved (${reasonOf(error)}). Stay on this page until it is done.`,
              );
            });
          },
        },
      );
      run = { ...(run as Run), saved: (run as Run).saved + 1, points, trained };
      await keepRun(run).catch((error) =>
        page.notice(`The model cannot be saved (${reasonOf(error)}). Download it now.`),
      );
      figures(
        `Done: ${(100 * trained.accuracy).toFixed(1)} % of the held-out images are classified correctly; ${trained.params.toLocaleString('en')} parameters.`,
      );
    } catch (error) {
      points = [...(run?.points ?? [])];
      if (isAbort(error)) figures(`Stopped at update ${points.at(-1)?.step ?? 0}. Progress is saved.`);
      else page.notice(reasonOf(error));
    } finally {
      running = undefined;
      show();
    }
  };

  /** Shows the stored run if it is not the one shown here. */
  const adopt = async (): Promise<boolean> => {
    const stored = await loadRun();
    if (!stored || (stored.id === run?.id && stored.saved <= run.saved)) return false;
    run = stored;
    figures(
      run.trained
        ? 'Trained during an earlier visit.'
        : `Saved from an earlier visit: ${run.points.at(-1)?.step ?? 0} updates.`,
    );
    show();
    return true;
  };

  /** Says that another tab trains, and shows its run when it has ended. */
  let waiting = false;
  const wait = async () => {
    page.notice('Training runs in another tab. Stop it there, or wait: when it ends, its run is shown here.');
    if (waiting) return;
    waiting = true;
    try {
      await idle();
      await adopt();
      page.notice('');
    } catch (error) {
      page.notice(reasonOf(error));
    } finally {
      waiting = false;
    }
  };

  /** Does `work` on the run that is shown, if no other tab has it or has stored a newer one. */
  const own = (work: () => Promise<void>) => async () => {
    try {
      const free = await alone(async () => {
        if (!(await adopt().catch(() => false))) await work();
        else
          page.notice(
            'Another tab has trained in the meantime: this is its run. Press “Start over” for one of your own.',
          );
      });
      if (!free) void wait();
    } catch (error) {
      page.notice(reasonOf(error));
    }
  };

  button('start').addEventListener('click', own(train));
  button('stop').addEventListener('click', () => {
    figures('Stopping…');
    running?.abort();
  });
  button('forget').addEventListener(
    'click',
    own(async () => {
      run = undefined;
      figures('');
      show();
      await forgetRun();
    }),
  );
  button('download').addEventListener('click', () => {
    if (run?.trained) saveFile('ringformer-model.zip', zipModel(run.trained));
  });

  let begun = false;
  return {
    async shown() {
      if (begun) return;
      begun = true;
      try {
        if (!running) await adopt();
        if (!running && (await isBusy())) void wait();
      } catch (error) {
        page.notice(`The saved training cannot be read: ${reasonOf(error)}`);
      }
      show();
    },
  };
}

function time(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

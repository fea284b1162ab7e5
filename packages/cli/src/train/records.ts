import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepReport } from '@ringformer/core';
import type { Io } from '../io.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { lossCurveSvg } from '../logs/curve.ts';
import { openJsonl } from '../logs/jsonl.ts';
import { createProgress } from '../logs/progress.ts';
import { openEvents } from '../logs/tensorboard.ts';
import type { TrainSettings } from './settings.ts';

type Record = { step: number; loss?: number; validLoss?: number; bleu?: number };

/** All that a run tells: the bar, the JSON lines, TensorBoard's events and the curve. `resumed` is the update it goes on from. */
export function openRecords(output: string, { steps }: TrainSettings, resumed: number, stream: Io['stderr']) {
  const path = join(output, 'log.jsonl');
  const log = openJsonl(path, { keepSteps: resumed });
  const events = openEvents(join(output, 'events'), resumed > 0 ? { keepSteps: resumed } : {});
  const progress = createProgress({ total: steps, start: resumed, stream });
  let last = performance.now();
  return {
    note: (line: string) => progress.note(line),
    step({ step, loss, norm, lr, count, epoch }: StepReport) {
      const now = performance.now();
      const tokensPerSecond = (1000 * count) / (now - last);
      last = now;
      log.write({ step, epoch, loss, norm, lr, tokens: count, tokensPerSecond: Math.round(tokensPerSecond) });
      for (const [tag, value] of Object.entries({ 'train/loss': loss, 'train/norm': norm, 'train/lr': lr }))
        events.scalar(tag, value, step);
      progress.update({ step, loss, lr, tokensPerSecond });
    },
    evaluation(step: number, validLoss: number, bleu: number) {
      log.write({ step, validLoss, bleu });
      events.scalar('valid/loss', validLoss, step);
      events.scalar('valid/bleu', bleu, step);
      progress.note(`update ${step}: valid loss ${validLoss.toFixed(4)}, BLEU ${bleu.toFixed(2)}`);
      last = performance.now();
    },
    async curve() {
      if (!existsSync(path)) return;
      const records = readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record);
      const points = (key: 'loss' | 'validLoss' | 'bleu') =>
        records.flatMap((record): [number, number][] =>
          record[key] === undefined ? [] : [[record.step, record[key]]],
        );
      await writeFileAtomic(
        join(output, 'loss.svg'),
        lossCurveSvg({
          title: 'Loss per token (nats)',
          train: points('loss'),
          valid: points('validLoss'),
          bleu: points('bleu'),
        }),
      );
      last = performance.now();
    },
    close() {
      progress.done();
      log.close();
      events.close();
    },
  };
}

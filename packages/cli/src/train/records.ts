import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepReport } from '@ringformer/core';
import type { Io } from '../io.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { lossCurveSvg } from '../logs/curve.ts';
import { type LogRecord, openJsonl } from '../logs/jsonl.ts';
import { createProgress } from '../logs/progress.ts';
import { openEvents } from '../logs/tensorboard.ts';
import type { Reads } from './subject.ts';

/** To whole numbers, or to four digits if it is small: the time of a run is the sum of counts by these. */
const rounded = (x: number) => (x >= 1000 ? Math.round(x) : Number(x.toPrecision(4)));

type Record = { step: number; loss?: number; validLoss?: number; score?: number };
/** The names of a run's figures. */
type Names = { readonly unit: 'token' | 'image'; readonly scoreName: string };

/**
 * Everything that a run reports: the bar, the JSON lines, TensorBoard's events and the curve. `resumed` is the update it
 * resumes from.
 */
export function openRecords(
  output: string,
  { unit, scoreName }: Names,
  steps: number,
  resumed: number,
  stream: Io['stderr'],
  reads?: (epoch: number) => Reads,
) {
  const path = join(output, 'log.jsonl');
  const log = openJsonl(path, { keepSteps: resumed });
  const again = resumed > 0 || existsSync(join(output, 'events'));
  const events = openEvents(join(output, 'events'), again ? { keepSteps: resumed } : {});
  const progress = createProgress({ total: steps, start: resumed, stream, unit });
  let last = performance.now();
  let logged = log.kept.findLast((record) => record.reads !== undefined)?.epoch; // the last epoch whose reads are logged
  return {
    note: (line: string) => progress.note(line),
    write: (record: LogRecord) => log.write(record),
    /** Writes a record of a kind that the log doesn't have yet. */
    once(record: LogRecord) {
      const has = ({ step: _, ...rest }: LogRecord) => JSON.stringify(rest);
      if (!log.kept.some((before) => has(before) === has(record))) log.write(record);
    },
    /** The loss of an update before this run was resumed. */
    lossAt(step: number): number | undefined {
      const loss = log.kept.find((record) => record.step === step && record.loss !== undefined)?.loss;
      return typeof loss === 'number' ? loss : undefined;
    },
    /** How many ranks trained before this run was resumed, if there were several processes. */
    ranks(): number | undefined {
      const ranks = log.kept.findLast((record) => record.ranks !== undefined)?.ranks;
      return typeof ranks === 'number' ? ranks : undefined;
    },
    step({ step, loss, norm, lr, count, epoch }: StepReport, sentBytes?: number) {
      const now = performance.now();
      const perSecond = (1000 * count) / (now - last);
      last = now;
      if (reads && logged !== epoch) log.write({ step, epoch, reads: reads(epoch) });
      logged = epoch;
      log.write({ step, epoch, loss, norm, lr, [`${unit}s`]: count, perSecond: rounded(perSecond), sentBytes });
      for (const [tag, value] of Object.entries({ 'train/loss': loss, 'train/norm': norm, 'train/lr': lr }))
        events.scalar(tag, value, step);
      progress.update({ step, loss, lr, perSecond });
    },
    evaluation(step: number, validLoss: number, score: number | undefined) {
      log.write({ step, validLoss, score });
      events.scalar('valid/loss', validLoss, step);
      if (score !== undefined) events.scalar(`valid/${scoreName.toLowerCase()}`, score, step);
      const scored = score === undefined ? '' : `, ${scoreName} ${score.toFixed(2)}`;
      progress.note(`update ${step}: valid loss ${validLoss.toFixed(4)}${scored}`);
      last = performance.now();
    },
    async curve() {
      if (!existsSync(path)) return;
      const records = readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record);
      const points = (key: 'loss' | 'validLoss' | 'score') =>
        records.flatMap((record): [number, number][] =>
          record[key] === undefined ? [] : [[record.step, record[key]]],
        );
      writeFileAtomic(
        join(output, 'loss.svg'),
        lossCurveSvg({
          title: `Loss per ${unit} (nats)`,
          train: points('loss'),
          valid: points('validLoss'),
          score: { name: scoreName, points: points('score') },
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

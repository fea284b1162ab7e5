import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRingformerError, reasonOf } from '@ringformer/core/base';
import { type Drawn, htmlReport, type Picture } from '@ringformer/pictures';
import { drawSvg, openRasteriser, type Rasteriser } from '@ringformer/pictures/node';
import { type BackendName, startBackend } from '../backends.ts';
import { FailedError } from '../errors.ts';
import { families, familyOf } from '../families.ts';
import { modelFolder } from '../find-model.ts';
import { type Io, write, writeJson } from '../io.ts';
import { formatDuration } from '../logs/progress.ts';
import { newFolder, newPath } from '../new-folder.ts';
import { statusLine } from '../status-line.ts';
import { throwIfStopped } from '../stop.ts';
import { type Kind, SECTIONS, type Subject, type SubjectRequest } from './subject.ts';

export type AnalyseRequest = SubjectRequest & {
  readonly io: Io;
  readonly output: string;
  readonly backend: BackendName;
  readonly png: 'auto' | 'yes' | 'no';
  readonly json: boolean;
};

type Section = { readonly kind: Kind; readonly pictures: readonly Picture[] };

/**
 * Looks into a model and writes what it found into a new folder: pictures as SVG, PNG and JSON, and a report. The folder appears
 * whole or not at all.
 */
export async function analyse(request: AnalyseRequest): Promise<void> {
  const { io, output, png, json } = request;
  const target = newPath(output, 'directory');
  const started = performance.now();
  const rasteriser = await openPng(png, io);
  const subject = await openSubject(request);
  let files: Record<string, Uint8Array | string>;
  let names: string[];
  try {
    const sections = await measured(subject, request);
    names = sections.flatMap(({ pictures }) => pictures.map(({ name }) => name));
    files = await drawn(sections, subject, rasteriser, io);
  } finally {
    subject.dispose();
  }
  await throwIfStopped(io.signal);
  newFolder(target, files);
  const seconds = (performance.now() - started) / 1000;
  const forms = ['SVG', ...(rasteriser ? ['PNG'] : []), 'JSON'].join(', ');
  if (json) await writeJson(io.stdout, { output: target, report: 'report.html', pictures: names, seconds });
  else
    await write(
      io.stdout,
      `Wrote report.html and ${names.length} ${names.length === 1 ? 'picture' : 'pictures'} (${forms}) to ${target} in ${formatDuration(Math.ceil(seconds))}\n`,
    );
  const { unread = 0 } = subject;
  if (unread > 0)
    throw new FailedError(
      `${unread} ${unread === 1 ? 'image' : 'images'} could not be read; the report shows the others.`,
    );
}

/** What makes PNG files. Without it, 'auto' says so once and goes on. */
async function openPng(png: AnalyseRequest['png'], io: Io): Promise<Rasteriser | undefined> {
  if (png === 'no') return undefined;
  try {
    return await openRasteriser();
  } catch (error) {
    if (png === 'yes' || !isRingformerError(error)) throw error;
    await write(io.stderr, `ringformer: No PNG files. ${reasonOf(error)}\n`);
    return undefined;
  }
}

async function openSubject(request: AnalyseRequest): Promise<Subject> {
  const { io } = request;
  const { translationSubject } = await import('./translation.ts');
  const { visionSubject } = await import('./vision.ts');
  const backend = await startBackend(request.backend);
  return isVision(request.model) ? visionSubject(request, backend, io) : translationSubject(request, backend, io);
}

/** Whether a model is an image classifier; what cannot be read is left to the reader of translation models, whose errors say why. */
function isVision(model: string | undefined): boolean {
  if (model === undefined) return false;
  if (!existsSync(model)) return /^@ringformer\/model-fashion\b/.test(model);
  const folder = /\.(json|safetensors)$/.test(model) ? join(model, '..') : model;
  const config = [join(modelFolder(folder), 'config.json'), join(folder, '../model/config.json')].find((path) =>
    existsSync(path),
  );
  return config !== undefined && familyOf(readFileSync(config, 'utf8')) === families.vision;
}

/** The pictures of all kinds that were asked for and that the model has. */
async function measured(subject: Subject, { kinds, io }: AnalyseRequest): Promise<Section[]> {
  const status = statusLine(io);
  const began = performance.now();
  const wanted = kinds.filter((kind) => subject.kinds.includes(kind));
  const sections: Section[] = [];
  try {
    for (const kind of wanted) {
      await throwIfStopped(io.signal);
      const show = (share: number) => {
        const done = (sections.length + share) / wanted.length;
        const left = done > 0 ? ((performance.now() - began) / 1000) * (1 / done - 1) : undefined;
        status.show(
          `${kind}: ${Math.floor(100 * done)} % done${left === undefined ? '' : `, ETA ${formatDuration(left)}`}`,
        );
      };
      show(0);
      sections.push({ kind, pictures: await subject.pictures(kind, show) });
    }
    return sections;
  } finally {
    status.clear();
  }
}

/** What a report says first, by the architecture of its model. */
const LEADS: Readonly<Record<string, string>> = {
  ring: 'A RingFormer passes one Transformer block again and again. Each lap is a level; low-rank level signals tell the block which lap it is on (Heo et al., EMNLP Findings 2025).',
  vanilla:
    'This model is a vanilla Transformer: each level is a block of its own. A RingFormer (Heo et al., EMNLP Findings 2025) passes one block again and again instead.',
  universal:
    'This model is a Universal Transformer: like a RingFormer (Heo et al., EMNLP Findings 2025) it passes one block again and again, but without low-rank level signals.',
  owf: 'This model has One Wide FFN: each level has attention of its own, and all levels share one feed-forward network. A RingFormer (Heo et al., EMNLP Findings 2025) shares the whole block.',
};

/** The files of the folder: each picture in all forms, and the report. */
async function drawn(sections: readonly Section[], { facts }: Subject, png: Rasteriser | undefined, io: Io) {
  const files: Record<string, Uint8Array | string> = {};
  const status = statusLine(io);
  const parts: { title: string; says: string; drawn: Drawn[] }[] = [];
  try {
    for (const { kind, pictures } of sections) {
      const inReport: Drawn[] = [];
      for (const picture of pictures) {
        await throwIfStopped(io.signal);
        status.show(`drawing ${picture.name}`);
        const svg = drawSvg(picture);
        files[`${picture.name}.svg`] = svg;
        files[`${picture.name}.json`] = `${JSON.stringify(picture)}\n`;
        if (png) files[`${picture.name}.png`] = png(drawSvg(picture, { theme: 'light' }));
        inReport.push({ picture, svg: drawSvg(picture, { title: false, style: false }) });
      }
      parts.push({ ...SECTIONS[kind], drawn: inReport });
    }
  } finally {
    status.clear();
  }
  const fact = (wanted: string) => facts.find(([name]) => name === wanted)?.[1];
  const model = fact('Model') ?? 'a model';
  const architecture = fact('Architecture')?.split(',')[0];
  const report = await htmlReport({
    title: `Inside ${model}`,
    lead: [`${LEADS[String(architecture)] ?? LEADS.ring} These pictures show what happens inside.`],
    facts,
    sections: parts,
  });
  return { 'report.html': report, ...files };
}

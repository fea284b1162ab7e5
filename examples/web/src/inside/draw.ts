// Loaded when the tab Inside is first opened: the drawings, and Observable Plot with them.
import { rollout } from '@ringformer/analysis';
import {
  alignmentPicture,
  classTokenPicture,
  drawPicture,
  headsPicture,
  imageHeadsPicture,
  imageRolloutPicture,
  imageSignalsPicture,
  type Picture,
  rolloutPicture,
  signalsPicture,
  statesPicture,
  tablesOf,
  tokenSignalsPicture,
  wordsOf,
} from '@ringformer/pictures';
import type { ImageInside } from '../classify.ts';
import { el } from '../dom.ts';
import type { SentenceInside } from '../translate.ts';

/** A level, and a head or all of them. */
type Choice = { readonly level: number; readonly head?: number };

/** Draws a sentence and its translation; returns what is shown. */
export function drawSentence(
  place: Element,
  { inspection, dim }: NonNullable<SentenceInside>,
  { level, head }: Choice,
): string {
  const [source, target] = [wordsOf(inspection.source), wordsOf(inspection.target)];
  const german = { label: 'German', words: source };
  const english = { label: 'English', words: target };
  const heads = head === undefined ? 'all heads' : `head ${head + 1}`;
  const map = { ...inspection.cross[level]!, title: `level ${level + 1}` };
  const { signals, tokenSignals, states } = inspection;
  const sides = (['encoder', 'decoder'] as const).flatMap((side) =>
    signals[side].map((strength, i) => ({ name: `${side} ${i + 1}`, strength })),
  );
  show(place, [
    alignmentPicture(
      [map],
      {
        name: 'alignment',
        title: `What each word looked at: level ${level + 1}, ${heads}`,
        rows: english,
        columns: german,
      },
      head,
    ),
    rolloutPicture(rollout(inspection.encoder), {
      name: 'rollout',
      title: 'From where the encoder’s output has its information',
      rows: { ...german, label: 'word at the end' },
      columns: { ...german, label: 'word at the start' },
    }),
    headsPicture(inspection.cross, {
      name: 'heads',
      title: 'Every head of every level',
      rows: english,
      columns: german,
    }),
    ...(sides.length > 0
      ? [
          signalsPicture(sides),
          tokenSignalsPicture(tokenSignals.encoder, source, {
            name: 'signals-encoder',
            title: 'Signals of the encoder, word by word',
          }),
          tokenSignalsPicture(tokenSignals.decoder, wordsOf(['<s>', ...inspection.target.slice(0, -1)]), {
            name: 'signals-decoder',
            title: 'Signals of the decoder, word by word',
          }),
        ]
      : []),
    statesPicture(states.encoder, dim, { name: 'states-encoder', title: 'How the encoder’s levels turn the vectors' }),
    statesPicture(states.decoder, dim, { name: 'states-decoder', title: 'How the decoder’s levels turn the vectors' }),
  ]);
  const text = (words: readonly { readonly text: string }[]) =>
    words
      .map(({ text }) => text)
      .filter((word) => !/[▶■]/.test(word))
      .join(' ');
  return `${text(source)} → ${text(target)}`;
}

/** Draws an image; returns what is shown. */
export function drawImage(
  place: Element,
  { inspection, config, image: given }: NonNullable<ImageInside>,
  { level, head }: Choice,
): string {
  const { attention, logits, states, signals, tokenSignals } = inspection;
  const guess = logits.indexOf(Math.max(...logits));
  const image = {
    width: given.width,
    height: given.height,
    channels: (given.channels === 1 ? 1 : 3) as 1 | 3,
    data: Array.from(given.data),
  };
  const of = (name: string, title: string) => ({ name, title, image });
  const maps = head === undefined ? attention : attention.map((map) => oneHead(map, head));
  const heads = head === undefined ? 'all heads' : `head ${head + 1}`;
  show(place, [
    classTokenPicture(maps, of('class-token', `Where the class token looks: ${heads}`)),
    imageHeadsPicture(attention[level]!, level, of('heads', `The heads of level ${level + 1}`)),
    imageRolloutPicture(rollout(attention), of('rollout', 'What reached the class token')),
    ...(signals.length > 0
      ? [
          signalsPicture(signals.map((strength, i) => ({ name: `level ${i + 1}`, strength }))),
          imageSignalsPicture(tokenSignals, of('signals-image', 'Signals, patch by patch')),
        ]
      : []),
    statesPicture(states, config.dim, { name: 'states', title: 'How the levels turn the vectors' }),
  ]);
  return `Taken for: ${config.labels?.[guess] ?? `class ${guess}`}`;
}

function oneHead(
  { shape: [, n, m], data }: { shape: readonly [number, number, number]; data: Float32Array },
  head: number,
) {
  return { shape: [1, n, m] as const, data: data.subarray(head * n * m, (head + 1) * n * m) };
}

/** A card for each picture: its sentences, the drawing at the width there is, and its numbers. */
function show(place: Element, pictures: readonly Picture[]): void {
  const open = new Set([...place.querySelectorAll('details[open]')].map((one) => one.closest('.card')?.id));
  const columns = Math.max(1, Math.floor((place.clientWidth + 16) / (384 + 16)));
  const width = Math.max(240, Math.min(620, (place.clientWidth - 16 * (columns - 1)) / columns - 34));
  place.replaceChildren(
    ...pictures.map((picture) => {
      const drawing = el('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': picture.title });
      drawing.innerHTML = drawPicture(picture, { width, title: false });
      const id = `inside-${picture.name}`;
      return el(
        'article',
        { class: 'card', id },
        el('h2', {}, picture.title),
        el('p', { class: 'hint' }, picture.says.join(' ')),
        drawing,
        el('details', { open: open.has(id) }, el('summary', {}, 'The numbers'), ...tablesOf(picture).map(tableOf)),
      );
    }),
  );
}

function tableOf({ title, header, rows }: ReturnType<typeof tablesOf>[number]): HTMLElement {
  const cells = ([name = '', ...values]: readonly string[]) =>
    el('tr', {}, el('th', { scope: 'row' }, name), ...values.map((value) => el('td', {}, value)));
  const head = el('tr', {}, ...header.map((name) => el('th', { scope: 'col' }, name)));
  const table = el('table', {}, el('caption', {}, title), el('thead', {}, head), el('tbody', {}, ...rows.map(cells)));
  return el('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': title }, table);
}

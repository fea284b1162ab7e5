import type { ImageInside } from './classify.ts';
import { byId, el, reasonOf } from './dom.ts';
import type { Page } from './page.ts';
import type { SentenceInside } from './translate.ts';

export type Subjects = {
  readonly sentence: () => Promise<SentenceInside>;
  readonly image: () => Promise<ImageInside>;
};

/** Draws what happens in the models for the last sentence or image. The drawing is loaded when the tab is first opened. */
export function startInside(page: Page, subjects: Subjects) {
  const what = byId<HTMLSelectElement>('inside-what');
  const [level, head] = [byId<HTMLSelectElement>('inside-level'), byId<HTMLSelectElement>('inside-head')];
  const [shown, place] = [byId('inside-shown'), byId('inside-pictures')];
  let found: { sentence?: SentenceInside; image?: ImageInside } = {};
  let turn = 0;

  const draw = async () => {
    const drawing = await import('./inside/draw.ts');
    const { sentence, image } = found;
    if (what.value === 'sentence' && sentence) {
      const { cross } = sentence.inspection;
      choose(cross.length, cross[0]?.shape[0] ?? 1);
      shown.textContent = drawing.drawSentence(place, sentence, { level: Number(level.value), head: headChosen() });
    } else if (what.value === 'image' && image) {
      const { attention } = image.inspection;
      choose(attention.length, attention[0]?.shape[0] ?? 1);
      shown.textContent = drawing.drawImage(place, image, { level: Number(level.value), head: headChosen() });
    } else {
      place.replaceChildren();
      shown.textContent =
        what.value === 'sentence'
          ? 'Translate a sentence first.'
          : 'Draw or choose an image in the tab Classify first.';
    }
  };
  const headChosen = () => (head.value === '' ? undefined : Number(head.value));
  /** Offers the levels and heads there are; the last level and all heads at first. */
  const choose = (levels: number, heads: number) => {
    if (level.options.length === levels && head.options.length === heads + 1) return;
    level.replaceChildren(...Array.from({ length: levels }, (_, i) => el('option', { value: i }, String(i + 1))));
    level.value = String(levels - 1);
    const each = Array.from({ length: heads }, (_, i) => el('option', { value: i }, String(i + 1)));
    head.replaceChildren(el('option', { value: '' }, 'all'), ...each);
  };

  const look = async () => {
    const own = ++turn; // a later look replaces this one
    document.body.classList.add('busy');
    shown.textContent = 'Looking…';
    try {
      const name = what.value as keyof Subjects;
      const one = await subjects[name]();
      if (own !== turn) return;
      found = { [name]: one };
      await draw();
    } catch (error) {
      if (own !== turn) return;
      shown.textContent = '';
      page.notice(reasonOf(error));
    } finally {
      if (own === turn) document.body.classList.remove('busy');
    }
  };

  what.addEventListener('change', look);
  for (const choice of [level, head]) choice.addEventListener('change', draw);
  let width = 0;
  new ResizeObserver(() => {
    if (place.clientWidth === width || place.childElementCount === 0) return;
    width = place.clientWidth;
    draw();
  }).observe(place);
  const open = () => !byId('panel-inside').hidden;
  return {
    shown: () => void look(),
    engineChanged() {
      if (open()) look();
    },
  };
}

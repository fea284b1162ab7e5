import './style.css';
import { startClassify } from './classify.ts';
import { byId, el } from './dom.ts';
import { availableEngines, ENGINES, type EngineName } from './engines.ts';
import { startInside } from './inside.ts';
import { drawRing } from './ring.ts';
import { startTrain } from './train.ts';
import { startTranslate } from './translate.ts';

/** One line at the top: what the user should know. */
function notice(text: string): void {
  const line = byId('notice');
  line.textContent = text;
  line.hidden = text === '';
}

const engine = byId<HTMLSelectElement>('engine');
for (const name of availableEngines()) engine.append(el('option', { value: name }, ENGINES[name]));
engine.value = localStorage.getItem('engine') ?? 'engine';
if (!engine.value) engine.value = 'engine';
const [address, token] = [byId<HTMLInputElement>('server-address'), byId<HTMLInputElement>('server-token')];
address.value = localStorage.getItem('server') ?? address.value;
const page = {
  notice,
  engine: () => engine.value as EngineName,
  server: () => ({ address: address.value.trim(), token: token.value.trim() }),
};
/** What is only true, or only of use, if everything runs here is not shown with a server. */
const showServer = () => document.body.classList.toggle('remote', engine.value === 'server');
showServer();
byId('own-origin').textContent = location.origin;

const translate = startTranslate(page);
const classify = startClassify(page);
const panels = {
  translate,
  classify,
  train: startTrain(page),
  inside: startInside(page, { sentence: translate.inspected, image: classify.inspected }),
};
engine.addEventListener('change', () => {
  localStorage.setItem('engine', engine.value);
  showServer();
  notice('');
  panels.translate.engineChanged();
  panels.classify.engineChanged();
  panels.inside.engineChanged();
});

for (const field of [address, token])
  field.addEventListener('change', () => {
    localStorage.setItem('server', address.value.trim()); // the token is kept nowhere
    notice('');
    panels.translate.engineChanged();
  });

const tabs = Object.keys(panels).map((name) => byId(`tab-${name}`));
function open(at: number, focus = false): void {
  tabs.forEach((tab, i) => {
    const chosen = i === at;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute('aria-controls') as string).hidden = !chosen;
    if (chosen && focus) tab.focus();
  });
  const name = Object.keys(panels)[at] as keyof typeof panels;
  history.replaceState(null, '', `#${name}`);
  panels[name].shown();
}
tabs.forEach((tab, i) => {
  tab.addEventListener('click', () => open(i));
  tab.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) open((i + step + tabs.length) % tabs.length, true);
    if (key === 'Home') open(0, true);
    if (key === 'End') open(tabs.length - 1, true);
  });
});
drawRing(1, 1);
open(Math.max(0, Object.keys(panels).indexOf(location.hash.slice(1))));

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  // after the first translation, so that files for later do not delay those needed now
  panels.translate.ready.then(() => navigator.serviceWorker.register('./sw.js')).catch(() => {});
}

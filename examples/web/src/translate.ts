import deEn from '@ringformer/model-de-en/int8';
import enDe from '@ringformer/model-en-de/int8';
import type { Inspection } from '@ringformer/seq2seq';
import type { RemoteTranslator } from '@ringformer/worker';
import { drawAttention } from './attention.ts';
import { afterPause, byId, el, isAbort, reasonOf } from './dom.ts';
import { settingsOf, workerFor } from './engines.ts';
import type { Page } from './page.ts';
import { drawRing } from './ring.ts';
import { ServerBusy, streamFrom } from './server.ts';
import { drawSignals } from './signals.ts';

const LANGUAGES = {
  de: {
    name: 'German',
    model: deEn,
    examples: [
      'Wo ist der Bahnhof?',
      'Ich habe meinen Schlüssel verloren.',
      'Morgen wird es regnen.',
      'Kannst du mir bitte helfen?',
    ],
  },
  en: {
    name: 'English',
    model: enDe,
    examples: ['Where is the station?', 'I lost my key.', 'It will rain tomorrow.', 'Can you help me, please?'],
  },
};
type Language = keyof typeof LANGUAGES;
const PAUSE = 120; // ms without a keystroke before a translation begins

type Loading = { [language in Language]?: Promise<RemoteTranslator> };
export type SentenceInside = { readonly inspection: Inspection; readonly dim: number } | undefined;

/** Translates while the user types, and shows the attention once a translation is complete. */
export function startTranslate(page: Page) {
  const source = byId<HTMLTextAreaElement>('source');
  const target = byId<HTMLOutputElement>('target');
  const depth = byId<HTMLInputElement>('depth');
  const [levelChoice, headChoice] = [byId<HTMLSelectElement>('map-level'), byId<HTMLSelectElement>('map-head')];
  let from: Language = 'de';
  let to: Language = 'en';
  let running = new AbortController();
  /** Of each language that is translated from: the translator, and the one whose attention is shown. */
  const loading: Loading = {};
  const looking: Loading = {};
  let inspection: Inspection | undefined;
  let resolveReady = () => {};
  const ready = new Promise<void>((resolve) => {
    resolveReady = resolve;
  });

  const forget = () => {
    for (const known of [loading, looking]) for (const language of ['de', 'en'] as const) delete known[language];
  };
  const load = async (language: Language, backend: Parameters<typeof workerFor>[0], engine: 'wasm' | 'tfjs') => {
    const worker = await workerFor(backend);
    const bar = byId<HTMLProgressElement>('loading');
    const translator = await worker.loadTranslator(LANGUAGES[language].model, {
      engine,
      onProgress: ({ loaded, total }) => {
        bar.hidden = loaded === total;
        bar.value = loaded / total;
      },
      onWarning: page.notice,
    });
    bar.hidden = true;
    worker.ended.then((error) => {
      forget();
      page.notice(`${reasonOf(error)} The next sentence starts it again.`);
    });
    return translator;
  };
  const translatorNow = () => {
    const { backend, load: engine } = settingsOf(page.engine());
    const language = from;
    loading[language] ??= load(language, backend, engine).catch((error: unknown) => {
      delete loading[language];
      throw error;
    });
    return loading[language];
  };

  /** The wasm engine does not expose its attention, so TensorFlow.js computes it again, on the engine's backend. */
  const look = async (texts: { source: string; target: string }, signal: AbortSignal) => {
    const { backend, load: engine } = settingsOf(page.engine());
    looking[from] ??= engine === 'tfjs' ? translatorNow() : load(from, backend, 'tfjs');
    const found = await looking[from]?.then((translator) => translator.inspect?.(texts));
    if (signal.aborted || !found) return;
    inspection = found;
    draw();
  };

  const draw = () => {
    if (!inspection) return;
    const heads = inspection.cross[0]?.shape[0] ?? 1;
    if (levelChoice.options.length !== inspection.cross.length || headChoice.options.length !== heads + 1) {
      levelChoice.replaceChildren(...inspection.cross.map((_, i) => el('option', { value: i }, String(i + 1))));
      levelChoice.value = String(inspection.cross.length - 1);
      headChoice.replaceChildren(
        el('option', { value: '' }, 'all'),
        ...Array.from({ length: heads }, (_, i) => el('option', { value: i }, String(i + 1))),
      );
    }
    const head = headChoice.value === '' ? undefined : Number(headChoice.value);
    byId('map').replaceChildren(drawAttention(inspection, Number(levelChoice.value), head));
    byId('signals').replaceChildren(drawSignals(inspection, byId('signals').clientWidth));
  };

  /** Shows the pieces of a translation as they come, and then how fast they came. */
  const write = async (stream: AsyncIterable<string>, signal: AbortSignal) => {
    const begun = performance.now();
    let written = '';
    let first = 0;
    let pieces = 0;
    for await (const piece of stream) {
      if (signal.aborted) return; // pieces that were already on their way
      if (pieces++ === 0) first = performance.now() - begun;
      written += piece;
      target.textContent = written;
    }
    if (signal.aborted) return;
    if (written === '') target.textContent = '';
    const seconds = (performance.now() - begun) / 1000;
    byId('figures').textContent =
      `${(pieces / seconds).toFixed(0)} pieces a second; the first after ${first.toFixed(0)} ms, all ${pieces} after ${(1000 * seconds).toFixed(0)} ms.`;
    page.notice('');
    resolveReady();
  };

  const translate = async () => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const text = source.value.trim();
    if (text === '') {
      target.replaceChildren();
      byId('figures').textContent = '';
      return;
    }
    document.body.classList.add('busy');
    try {
      if (page.engine() === 'server') {
        byId('loading').hidden = true;
        inspection = undefined;
        await write(streamFrom(page.server(), { text, from, to }, signal), signal);
        return;
      }
      const translator = await translatorNow();
      if (signal.aborted) return;
      const { encoderLevels, decoderLevels } = translator.config;
      const most = Math.max(encoderLevels, decoderLevels);
      if (depth.max !== String(most)) {
        depth.max = String(most);
        depth.value = String(most);
      }
      const laps = Number(depth.value);
      const levels = { encoder: Math.min(laps, encoderLevels), decoder: Math.min(laps, decoderLevels) };
      byId('depth-says').textContent =
        `${levels.encoder} + ${levels.decoder} of ${encoderLevels} + ${decoderLevels} levels`;
      drawRing(laps, most);
      await write(translator.stream(text, { signal, levels }), signal);
      if (!signal.aborted) await look({ source: text, target: target.textContent }, signal);
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) page.notice(reasonOf(error));
      if (error instanceof ServerBusy) {
        const again = setTimeout(translate, 1000 * error.after);
        signal.addEventListener('abort', () => clearTimeout(again));
      }
    } finally {
      if (!signal.aborted) document.body.classList.remove('busy');
    }
  };

  let begun = false;
  const soon = afterPause(PAUSE, translate);
  source.addEventListener('input', soon);
  depth.addEventListener('input', soon);
  for (const choice of [levelChoice, headChoice]) choice.addEventListener('change', draw);
  const drawExamples = () => {
    const buttons = LANGUAGES[from].examples.map((text) => {
      const button = el('button', { type: 'button', lang: from }, text);
      button.addEventListener('click', () => {
        source.value = text;
        translate();
      });
      return button;
    });
    byId('examples').replaceChildren(...buttons);
  };
  drawExamples();
  /** The other way round, beginning with the translation. */
  byId('swap').addEventListener('click', () => {
    [from, to] = [to, from];
    byId('source-title').textContent = LANGUAGES[from].name;
    byId('target-title').textContent = LANGUAGES[to].name;
    byId('swap').textContent = `⇄ ${LANGUAGES[to].name} to ${LANGUAGES[from].name}`;
    source.lang = from;
    target.lang = to;
    if (target.textContent) source.value = target.textContent;
    drawExamples();
    if (begun) translate();
  });
  return {
    /** Resolves with the first translation. */
    ready,
    /** The last sentence with the model's translation, and what the model looked at. Translates it first if need be. */
    async inspected(): Promise<SentenceInside> {
      if (!begun || !inspection) {
        begun = true;
        await translate();
      }
      if (page.engine() === 'server' && target.textContent)
        await look({ source: source.value.trim(), target: target.textContent }, new AbortController().signal);
      const { config } = await translatorNow();
      return inspection && { inspection, dim: config.dim };
    },
    shown() {
      if (!begun) translate();
      begun = true;
    },
    engineChanged() {
      forget();
      if (begun) translate();
    },
  };
}

import type { Image } from '@ringformer/images';
import model from '@ringformer/model-fashion';
import type { ImageInspection } from '@ringformer/vit';
import type { RemoteClassifier } from '@ringformer/worker';
import { unzipSync } from 'fflate';
import { afterPause, byId, el, reasonOf } from './dom.ts';
import { settingsOf, workerFor } from './engines.ts';
import { fashionMini } from './mini.ts';
import { drawingPad } from './pad.ts';
import type { Page } from './page.ts';
import { modelAddresses } from './zip.ts';

const SAMPLES = [0, 16, 5, 3, 19, 8, 18, 6, 23, 21];

export type ImageInside =
  | { readonly inspection: ImageInspection; readonly config: RemoteClassifier['config']; readonly image: Image }
  | undefined;

/** Classifies what is drawn, dropped or chosen. */
export function startClassify(page: Page) {
  let loading: Promise<RemoteClassifier> | undefined;
  let at: Parameters<Awaited<ReturnType<typeof workerFor>>['loadClassifier']>[0] = model;
  const invert = byId<HTMLInputElement>('invert');
  let current: Image | undefined;
  let looking: Promise<RemoteClassifier> | undefined;
  let modelName = '';

  const classifierNow = () => {
    const { backend, load: engine } = settingsOf(page.engine());
    loading ??= workerFor(backend)
      .then(async (worker) => {
        worker.ended.then(() => {
          loading = undefined;
        });
        return worker.loadClassifier(at, { engine, onWarning: page.notice });
      })
      .catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
    return loading;
  };

  let latest = 0;
  const classify = async () => {
    if (!current) return;
    const image = current;
    const turn = ++latest; // a later request, to this model or another, replaces this one
    page.notice(''); // not when it ends: what is said meanwhile, of another file or of the model, stays
    try {
      const classifier = await classifierNow();
      const begun = performance.now();
      const [guesses = []] = await classifier.classify([invert.checked ? inverted(image) : image], { top: 5 });
      if (turn !== latest) return;
      byId('classify-figures').textContent =
        `${(performance.now() - begun).toFixed(1)} ms, ${classifier.config.levels} levels, ${ENGINE[classifier.engine]}${modelName}.`;
      byId('guesses').replaceChildren(
        ...guesses.map(({ label, probability }) =>
          el(
            'li',
            {},
            el('span', {}, label),
            el('meter', { value: probability, max: 1, 'aria-label': label }),
            el('span', {}, `${(100 * probability).toFixed(1)} %`),
          ),
        ),
      );
    } catch (error) {
      if (turn === latest) page.notice(reasonOf(error));
    }
  };

  const soon = afterPause(60, classify);
  const pad = drawingPad(byId<HTMLCanvasElement>('pad'), () => {
    current = pad.image();
    soon();
  });
  const use = async (file: Blob) => {
    try {
      const { image, preview } = await readImage(file);
      pad.show(preview);
      current = image;
      await classify();
    } catch (error) {
      page.notice(`This file cannot be read as an image: ${reasonOf(error)}`);
    }
  };

  byId('clear').addEventListener('click', () => {
    pad.show(new Uint8Array(28 * 28));
    current = undefined;
    latest++;
    byId('guesses').replaceChildren();
    byId('classify-figures').textContent = '';
  });
  invert.addEventListener('change', classify);
  const chosen = (id: string, take: (file: File) => void) =>
    byId<HTMLInputElement>(id).addEventListener('change', ({ target }) => {
      const file = (target as HTMLInputElement).files?.[0];
      if (file) take(file);
    });
  chosen('file', use);
  chosen('own-model', async (file) => {
    try {
      looking = undefined;
      at = await modelAddresses(unzipSync(new Uint8Array(await file.arrayBuffer())));
      modelName = `; model: ${file.name}`;
      loading = undefined;
      await classify();
    } catch (error) {
      page.notice(`${file.name} is not a model: ${reasonOf(error)}`);
    }
  });
  const canvas = byId('pad');
  for (const name of ['dragover', 'dragenter', 'dragleave', 'drop'] as const) {
    canvas.addEventListener(name, (event) => {
      event.preventDefault();
      canvas.classList.toggle('over', name.startsWith('drage') || name === 'dragover');
      const file = name === 'drop' ? event.dataTransfer?.files[0] : undefined;
      if (file) use(file);
    });
  }

  const showSamples = async () => {
    const { idxImages } = await fashionMini();
    for (const [i, sample] of SAMPLES.entries()) {
      const grey = idxImages.subarray(16 + 784 * sample, 16 + 784 * (sample + 1));
      const button = el('button', { type: 'button', 'aria-label': `Sample ${i + 1}` }, thumbnail(grey));
      button.addEventListener('click', () => {
        pad.show(grey);
        current = pad.image();
        classify();
      });
      byId('samples').append(button);
    }
    (byId('samples').firstElementChild as HTMLElement | null)?.click();
  };

  let begun: Promise<void> | undefined;
  const begin = () => {
    begun ??= showSamples().catch((error) => page.notice(reasonOf(error)));
    return begun;
  };
  return {
    shown: () => void begin(),
    /** The last image, and what the model looked at in it. The wasm engine does not show this, TensorFlow.js does. */
    async inspected(): Promise<ImageInside> {
      await begin();
      if (!current) return undefined;
      const image = invert.checked ? inverted(current) : current;
      const { backend } = settingsOf(page.engine());
      looking ??= workerFor(backend)
        .then(async (worker) => {
          worker.ended.then(() => {
            looking = undefined;
          });
          return worker.loadClassifier(at, { engine: 'tfjs', onWarning: page.notice });
        })
        .catch((error: unknown) => {
          looking = undefined;
          throw error;
        });
      const classifier = await looking;
      const inspection = await classifier.inspect?.(image);
      return inspection && { inspection, config: classifier.config, image };
    },
    engineChanged() {
      loading = undefined;
      looking = undefined;
      if (begun) classify();
    },
  };
}

const ENGINE = { wasm: 'the wasm engine', tfjs: 'TensorFlow.js' } as Record<string, string>;

const inverted = (image: Image): Image => ({ ...image, data: image.data.map((x) => 255 - x) });

function thumbnail(grey: Uint8Array): HTMLCanvasElement {
  const canvas = el('canvas', { width: 28, height: 28 });
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const image = context.createImageData(28, 28);
  grey.forEach((x, i) => image.data.set([x, x, x, 255], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The largest centred square of the image, upright and on white as `decodeImage` has it, at its own size and as the pad shows it. */
async function readImage(file: Blob): Promise<{ image: Image; preview: Uint8Array }> {
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width, bitmap.height);
  const cut = (to: number) => {
    const canvas = new OffscreenCanvas(to, to);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.imageSmoothingQuality = 'high';
    context.fillStyle = 'white';
    context.fillRect(0, 0, to, to);
    context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, to, to);
    return context.getImageData(0, 0, to, to).data;
  };
  const size = Math.min(side, 512);
  const pixels = cut(size);
  const data = Uint8Array.from({ length: 3 * size * size }, (_, i) => pixels[4 * Math.floor(i / 3) + (i % 3)]!);
  const small = cut(28);
  const preview = Uint8Array.from(
    { length: 784 },
    (_, i) => 0.299 * small[4 * i]! + 0.587 * small[4 * i + 1]! + 0.114 * small[4 * i + 2]!,
  );
  return { image: { width: size, height: size, channels: 3, data }, preview };
}

import { loadTranslator } from '@ringformer/seq2seq';
import type { WebBackendName } from '@ringformer/web';
import { test } from 'vitest';
import { startHere } from './start-here.ts';

// Not part of the suite: tools/same-translations.mjs runs it, with the lines to translate and the backends.

declare module 'vitest' {
  interface TaskMeta {
    translations?: { readonly on: string; readonly lines: readonly string[] };
  }
}

const given = import.meta.env.VITE_TRANSLATE;
const { lines, on }: { lines: string[]; on: WebBackendName[] } = given ? JSON.parse(given) : { lines: [], on: [] };
const file = (name: string) => `/packages/model-de-en/model/${name}`;

for (const name of on) {
  test(name, { timeout: 3_600_000 }, async ({ task }) => {
    const backend = await startHere(name)();
    const translator = await loadTranslator(
      { config: file('config.json'), weights: file('model.safetensors'), tokenizer: file('tokenizer.json') },
      backend,
      { engine: 'tfjs' },
    );
    const found = await translator.translateBatch(lines, { beams: 1, batchSize: 100 });
    task.meta.translations = { on: name, lines: found };
    translator.dispose();
  });
}

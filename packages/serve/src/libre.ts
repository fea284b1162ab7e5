// LibreTranslate's words for what `translate.ts` does, so that its clients work: https://docs.libretranslate.com
import type { Format } from '@ringformer/documents';
import type { Outcome } from './batcher.ts';
import type { Desk, Translated } from './desk.ts';
import { translateDocuments } from './documents.ts';
import { Refusal } from './failure.ts';
import { choosePair, detectLanguages, pairOf } from './languages.ts';
import type { Lease } from './lease.ts';
import type { ServedTranslator } from './options.ts';
import { publicFailure, translateTexts } from './translate.ts';

export type LibreBody = {
  readonly q: string | readonly string[];
  readonly source?: string;
  readonly target?: string;
  readonly format?: Format;
  readonly alternatives?: number;
};

type Found = Pick<Translated, 'text' | 'alternatives'> & { readonly from?: string };

/**
 * `POST /translate` with `q`. One of several texts that cannot be translated comes back as it is, and is named in `errors`.
 * @throws Refusal, QueueFull, the lease's reason; the error of its only text
 */
export async function answerLibre(desk: Desk, body: LibreBody, lease: Lease): Promise<object> {
  const { q, source, target, format = 'text', alternatives = 0 } = body;
  if (!source || !target)
    throw new Refusal(400, 'bad-request', "source and target: expected languages such as 'de' and 'en'.");
  const texts = typeof q === 'string' ? [q] : q;
  const languages = { from: source, to: target };
  const detected = (text: string, outcome: Outcome<Found> | undefined) => {
    const found = outcome && 'value' in outcome ? outcome.value.from : undefined;
    const [clear] = detectLanguages(desk.translators, text);
    if (clear && clear.confidence > 0) return clear;
    const of = () => pairOf(desk.translators[choosePair(desk.translators, languages, [text])] as ServedTranslator);
    return { language: found ?? of().from, confidence: 100 };
  };
  const outcomes: Outcome<Found>[] =
    format === 'text'
      ? await translateTexts(desk, texts, languages, { alternatives }, lease)
      : await translateDocuments(desk, texts, format, languages, {}, lease);
  if (typeof q === 'string') {
    const [outcome] = outcomes as [(typeof outcomes)[number]];
    if ('error' in outcome) throw outcome.error;
    return {
      translatedText: outcome.value.text,
      ...(source === 'auto' && { detectedLanguage: detected(q, outcome) }),
      ...(alternatives > 0 && { alternatives: others(outcome.value) }),
    };
  }
  const errors = outcomes.flatMap((outcome, index) =>
    'error' in outcome ? [{ index, ...publicFailure(outcome.error) }] : [],
  );
  return {
    translatedText: outcomes.map((outcome, i) => ('error' in outcome ? texts[i] : outcome.value.text)),
    ...(source === 'auto' && { detectedLanguage: texts.map((text, i) => detected(text, outcomes[i])) }),
    ...(alternatives > 0 && {
      alternatives: outcomes.map((outcome) => ('error' in outcome ? [] : others(outcome.value))),
    }),
    ...(errors.length > 0 && { errors }),
  };
}

const others = ({ alternatives = [] }: Pick<Translated, 'alternatives'>): string[] =>
  alternatives.map(({ text }) => text);

import { parentPort } from 'node:worker_threads';
import type { DocumentAsk, DocumentTell } from './documents-in-thread.ts';
import { type Port, plainFailure } from './wire.ts';

/** Reads documents for `documentsInThread`: call it in the script of its threads. */
export function answerDocuments(port: Port | null = parentPort): void {
  if (!port) throw new Error('[ringformer/serve] answerDocuments: expected to run in a worker thread.');
  const tell = (message: DocumentTell) => port.postMessage(message);
  let heard: (ask: DocumentAsk) => void = () => {};

  async function translate(texts: readonly string[]): Promise<string[]> {
    if (texts.length === 0) return [];
    const answer = new Promise<DocumentAsk>((resolve) => {
      heard = resolve;
    });
    tell({ texts });
    const ask = await answer;
    if ('document' in ask || ask.translated === false) throw new Error('The texts were not translated.');
    return [...ask.translated];
  }

  port.on('message', (message) => {
    const ask = message as DocumentAsk;
    if (!('document' in ask)) return heard(ask);
    const onWarning = (warning: { message: string; line: number }) => tell({ warning });
    import('@ringformer/documents')
      .then(({ translateDocument }) => translateDocument(ask.document, { format: ask.format, onWarning }, translate))
      .then(
        (done) => tell({ done }),
        (error: unknown) => tell({ failure: plainFailure(error) }),
      );
  });
}

import { parentPort } from 'node:worker_threads';
import type { Align } from '@ringformer/documents';
import type { DocumentAsk, DocumentTell } from './documents-in-thread.ts';
import { type Port, plainFailure } from './wire.ts';

/** Reads documents and images for `documentsInThread`: call it in the script of its threads. */
export function answerDocuments(port: Port | null = parentPort): void {
  if (!port) throw new Error('[ringformer/serve] answerDocuments: expected to run in a worker thread.');
  const tell = (message: DocumentTell) => port.postMessage(message);
  let heard: (ask: DocumentAsk) => void = () => {};

  /** What the server answers: a document asks for one thing at a time. */
  function ask(message: DocumentTell): Promise<DocumentAsk> {
    const answer = new Promise<DocumentAsk>((resolve) => {
      heard = resolve;
    });
    tell(message);
    return answer;
  }

  async function translate(texts: readonly string[]): Promise<string[]> {
    if (texts.length === 0) return [];
    const answer = await ask({ texts });
    if (!('translated' in answer)) throw new Error('The texts were not translated.');
    return [...answer.translated];
  }

  const align: Align = async (pairs) => {
    const answer = await ask({ pairs });
    if (!('aligned' in answer)) throw new Error('The translations were not aligned.');
    return answer.aligned;
  };

  const answer = (work: Promise<string | Float32Array>) =>
    void work.then(
      (done) => tell({ done }),
      (error: unknown) => tell({ failure: plainFailure(error) }),
    );

  port.on('message', (message) => {
    const given = message as DocumentAsk;
    if ('image' in given)
      return answer(import('./read-image.ts').then(({ readImage }) => readImage(given.image, given)));
    if (!('document' in given)) return heard(given);
    const { document, aligns, ...options } = given;
    const onWarning = (warning: { message: string; line: number }) => tell({ warning });
    answer(
      import('@ringformer/documents').then(({ translateDocument }) =>
        translateDocument(document, { ...options, onWarning, ...(aligns && { align }) }, translate),
      ),
    );
  });
}

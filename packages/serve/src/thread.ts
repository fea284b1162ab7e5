// What runs in the threads with the models and with the documents: `@ringformer/serve/thread`.
export { answerDocuments } from './answer-documents.ts';
export { answerModels } from './answer-models.ts';
export type { Models } from './options.ts';
export type { Port } from './wire.ts';

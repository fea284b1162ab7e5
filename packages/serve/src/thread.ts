// What runs in the thread with the models: `@ringformer/serve/thread`.
export { answerModels } from './answer-models.ts';
export type { Models } from './options.ts';
export type { Port } from './wire.ts';

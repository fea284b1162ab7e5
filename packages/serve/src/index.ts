export {
  type DocumentTranslator,
  documentsInThread,
  type ImageReader,
  type ThreadDocuments,
} from './documents-in-thread.ts';
export { modelsInThread, type ThreadModels } from './models-in-thread.ts';
export type { ImageModel, Models, ServedTranslator, ServeOptions } from './options.ts';
export { makeApp, type Server, startServer } from './server.ts';

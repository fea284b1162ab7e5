export type { ImageModel, Models, ServeOptions } from './options.ts';
export { makeApp, type Server, startServer } from './server.ts';

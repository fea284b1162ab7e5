// Reads files and addresses in Node.js, and addresses in a browser: `@ringformer/core/read`.
export { readBytes } from '#read';

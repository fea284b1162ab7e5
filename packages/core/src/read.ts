// `@ringformer/core/read`: files and addresses in Node, addresses in a browser.
export { readBytes } from '#read';

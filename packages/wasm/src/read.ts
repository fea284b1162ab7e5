// Reading a file or an address alone, for other backends: `@ringformer/wasm/read`.
export { readBytes } from '#platform';

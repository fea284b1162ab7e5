/** Bytes of an input, without the last one; by default all of them. */
export type Range = { readonly start?: number; readonly end?: number };

/**
 * Where a run keeps its manifest, its output and the record of what is done. Names have slashes: 'done/000012.json'. Any number
 * of machines may use it at the same time.
 */
export type Store = {
  readonly uri: string;
  /** The whole content, or undefined if there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  stream(name: string, range?: Range): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
  /** Writes whole or not at all, over what is there. */
  write(name: string, content: Uint8Array | string): Promise<void>;
  /** Writes whole or not at all if nothing is there. False if something is. */
  create(name: string, content: Uint8Array | string): Promise<boolean>;
  /** What is in a folder, without its name, in any order. */
  list(folder: string): AsyncIterable<string>;
  remove(name: string): Promise<void>;
  /** Removes what killed workers left half-written. */
  tidy(): Promise<void>;
};

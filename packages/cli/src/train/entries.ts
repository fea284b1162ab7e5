/** A setting's default determines its type; a `path` must be given unless it is `optional`. */
export type Entry = {
  readonly default: string | number;
  readonly says: string;
  readonly choices?: readonly string[];
  readonly path?: boolean;
  readonly optional?: boolean;
  /** What help shows as the value of a text; a file if absent. */
  readonly hint?: 'DIR' | 'NAME,…';
};

/** Every setting; its flag is the name in kebab-case. */
export type Entries<S> = { readonly [K in keyof S & string]: Entry };

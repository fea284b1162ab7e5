import type { EngineName } from './engines.ts';

/** What the panels need from the page. */
export type Page = { notice(text: string): void; engine(): EngineName };

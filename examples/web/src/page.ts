import type { EngineName } from './engines.ts';
import type { ServerChoice } from './server.ts';

/** What the panels need from the page. */
export type Page = { notice(text: string): void; engine(): EngineName; server(): ServerChoice };

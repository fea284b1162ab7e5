export { type SelfTestCheck, type SelfTestReport, selfTest } from './self-test.ts';
export { startWeb } from './start.ts';
export type { WebBackend, WebBackendName, WebOptions, WebWarning } from './types.ts';

// Everything about texts, before and after search: loaded beside a model's weights, not with the page.
export { foreignFinder } from '@ringformer/text';
export { alignTexts } from './align.ts';
export { choose } from './choose.ts';
export { mendNumbers } from './mend-numbers.ts';
export { mendWords } from './mend-words.ts';
export { bestOf } from './n-best.ts';
export { digitTokensOf } from './number-guard.ts';
export { isOneWord } from './one-word.ts';
export { planText } from './plan.ts';
export { streamText } from './stream.ts';

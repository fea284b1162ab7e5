/** What texts need before and after search: a file of its own in a bundle with several. */
export const loadTexts = () => import('./texts.ts');

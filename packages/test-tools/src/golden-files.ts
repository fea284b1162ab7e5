import { fileURLToPath } from 'node:url';

/** The path of a file that a package's tests compare with, in `packages/NAME/test/`. */
const inTests = (name: string, path: string) => fileURLToPath(new URL(`../../${name}/test/${path}`, import.meta.url));

/** An image, for instance 'clear.png'. */
export const goldenImage = (name: string): string => inTests('images', `goldens/${name}`);

/** A checkpoint that PyTorch wrote, for instance 'trainer.pt'. */
export const goldenCheckpoint = (name: string): string => inTests('checkpoints', `goldens/${name}`);

/** Sentences of Tatoeba, for instance 'devtest.de'. */
export const tatoeba = (name: string): string => inTests('text', `tatoeba/${name}`);

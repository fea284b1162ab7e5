import { pixels } from '../image.mjs';

globalThis.answer = pixels;

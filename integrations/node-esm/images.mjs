import { pixels } from '../image.mjs';

console.log(pixels);

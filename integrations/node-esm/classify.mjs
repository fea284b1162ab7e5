import { classify } from '../classify.mjs';

console.log(await classify());

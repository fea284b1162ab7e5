// What a page needs to classify pictures without TensorFlow.js.
import { classify } from '../classify.mjs';

globalThis.answer = await classify();

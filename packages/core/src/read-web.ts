export { fetchBytes as readBytes } from './fetch.ts';

/**
 * The same as fixture-files.ts, from the server that serves the tests. Synchronous like Node's: tests are named before any
 * promise can settle. A page may then not request an ArrayBuffer, but it may request text in which each character is a byte.
 */
export function readFixtureFile(path: string): Uint8Array {
  const request = new XMLHttpRequest();
  request.open('GET', `/fixtures/${path}`, false);
  request.overrideMimeType('text/plain; charset=x-user-defined');
  request.send();
  if (request.status !== 200) throw new Error(`fixtures/${path}: the server answered ${request.status}.`);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff);
}

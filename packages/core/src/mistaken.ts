/**
 * What a file is if something else was stored or downloaded in its place, and what to do; undefined if it is neither a Git LFS
 * pointer nor a web page.
 */
export function mistakenFor(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 64)).trimStart();
  if (start.startsWith('version https://git-lfs')) return 'a Git LFS pointer, not the file itself. Run: git lfs pull.';
  if (/^(\xef\xbb\xbf)?\s*<(!doctype|html|head|\?xml|!--)/i.test(start))
    return 'a web page, not the file itself. Check the address and download it again.';
  return undefined;
}

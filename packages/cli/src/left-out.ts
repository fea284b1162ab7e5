/** 'a, b, c and 2 more' */
export const some = (names: readonly string[]): string =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');

/** What to say about the other files of a folder of images. */
export const notImages = (others: readonly string[]): string =>
  `left out because not JPEG, PNG or WebP: ${some(others)}`;

import { decodeImage, resize } from '@ringformer/images';

// WebP, 24 × 16; its EXIF data asks for a quarter turn, which must not be applied.
const FILE =
  'UklGRqYAAABXRUJQVlA4WAoAAAAIAAAAFwAADwAAVlA4IGYAAABQBACdASoYABAAPu1mqk2zpaQiMAgCcB2JbACdMoRwN5WBLiXY' +
  'vfzq/zkAAP79s2LzpohVSCHWOOMMG8rTjsF0Y/qtOea2V6o+7gpEuf7LkAMkUM6LyLX17VoYbAqlGJskc+tAAABFWElGGgAAAE1N' +
  'ACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA';

const image = await decodeImage(Uint8Array.from(atob(FILE), (letter) => letter.charCodeAt(0)));
export const pixels = `${image.width} × ${image.height}: ${resize(image, 3, 2).data}`;

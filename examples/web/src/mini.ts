import { FASHION_MNIST_CLASSES } from '@ringformer/images';

/** The first 5,000 images of Fashion-MNIST as IDX files, fetched when first needed. */
export async function fashionMini() {
  const [images, labels] = await Promise.all(
    ['images-idx3-ubyte', 'labels-idx1-ubyte'].map((name) => fetchPlain(`train-${name}.gz`)),
  );
  return { idxImages: images as Uint8Array, idxLabels: labels as Uint8Array, classes: FASHION_MNIST_CLASSES };
}

/** If the server labels .gz files as gzip, the browser has already unpacked them. */
async function fetchPlain(name: string): Promise<Uint8Array> {
  const response = await fetch(`./fashion-mnist-mini/${name}`);
  if (!response.ok) throw new Error(`${name} cannot be fetched: the server answered ${response.status}.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

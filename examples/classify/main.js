// Recognises clothes: `node main.js shirt.png …` shows the five likeliest classes of each image as bars.
// The model was trained on light shapes on black; use --invert for dark shapes on white.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { decodeImage, transformImage } from '@ringformer/images';
import model from '@ringformer/model-fashion';
import { loadClassifier } from '@ringformer/vit';
import { startWasm } from '@ringformer/wasm';

const { positionals: images, values: flags } = parseArgs({
  allowPositionals: true,
  options: { invert: { type: 'boolean', default: false } },
});
const transform = JSON.parse(await readFile(model.transform, 'utf8'));

try {
  if (images.length === 0) throw new Error('Expected at least one image: npm run classify -- IMAGE…');
  const classifier = await loadClassifier(model, await startWasm());
  for (const path of images) {
    const image = await decodeImage(await readFile(path));
    if (flags.invert) image.data.forEach((x, i, data) => (data[i] = 255 - x));
    const { data } = transformImage(image, transform, 0);
    const [guesses] = await classifier.classify(data);
    console.log(path);
    for (const { label, probability } of guesses) {
      const bar = '█'.repeat(Math.round(40 * probability)).padEnd(40);
      console.log(`  ${label.padEnd(12)} ${bar} ${(100 * probability).toFixed(1)} %`);
    }
  }
  classifier.dispose();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

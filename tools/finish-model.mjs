// @ts-check
// node tools/finish-model.mjs FOLDER --from de --to en, after a build: gives a trained translation model what it lacks to be
// published. Its tokenizer.json gets the standard normalizer (ordinary text keeps its ids), its config.json the languages.
// The manifests are written by tools/manifests.mjs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { withNormalizer } = await import(new URL('../packages/text/dist/index.js', import.meta.url).href);
const { readConfig, writeConfig } = await import(new URL('../packages/seq2seq/dist/engine.js', import.meta.url).href);
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { from: { type: 'string' }, to: { type: 'string' } },
});
const [folder] = positionals;
if (!folder || !values.from || !values.to) {
  throw new Error('Usage: node tools/finish-model.mjs FOLDER --from LANGUAGE --to LANGUAGE');
}
const tokenizer = join(folder, 'tokenizer.json');
writeFileSync(tokenizer, `${JSON.stringify(withNormalizer(JSON.parse(readFileSync(tokenizer, 'utf8'))))}\n`);
const config = join(folder, 'config.json');
writeFileSync(config, writeConfig({ ...readConfig(readFileSync(config, 'utf8')), from: values.from, to: values.to }));
console.log(`${folder}: the standard normalizer, ${values.from} to ${values.to}`);

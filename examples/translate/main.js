// German in, English out: `node main.js "Wo ist der Bahnhof?"`, or without words for a prompt.
import { createInterface } from 'node:readline/promises';
import model from '@ringformer/model-de-en';
import { loadTranslator } from '@ringformer/seq2seq';
import { startWasm } from '@ringformer/wasm';

const translator = await loadTranslator(model, await startWasm());

/** Prints the translation piece by piece. */
async function say(german) {
  for await (const piece of translator.stream(german)) process.stdout.write(piece);
  process.stdout.write('\n');
}

const words = process.argv.slice(2);
if (words[0]?.startsWith('--')) {
  console.error(
    'This example takes words, not flags. The command line has them: npm run ringformer -- translate --help',
  );
  process.exit(2);
}
try {
  if (words.length > 0) await say(words.join(' '));
  else {
    const lines = createInterface({
      input: process.stdin,
      output: process.stdin.isTTY ? process.stderr : undefined,
      prompt: 'de> ',
    });
    lines.prompt();
    for await (const line of lines) {
      await say(line);
      lines.prompt();
    }
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  translator.dispose();
}

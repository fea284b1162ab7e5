import { describe, expect, it, test } from 'vitest';
import { foreignFinder } from './scripts.ts';
import { loadTokenizer } from './tokenizer.ts';
import { trainTokenizer } from './train-tokenizer.ts';

const tokenizerOf = async (lines: string[], vocabSize: number) =>
  loadTokenizer(await trainTokenizer([...lines, ...lines], { vocabSize }));
const german = foreignFinder(await tokenizerOf(['Der Hund und die Katze sind müde.', 'Wo ist der Hund?'], 300));
const found = (text: string, find = german) => find(text).map(({ from, to }) => text.slice(from, to));

describe('a vocabulary of German', () => {
  it.each([
    ['Der Hund ist müde.', []],
    ['Привет', ['Привет']],
    ['Er sagte "до свидания" und ging.', ['до свидания']],
    ['Καλημέρα, κόσμε!', ['Καλημέρα, κόσμε']],
    ['今天天气很好。', ['今天天气很好']],
    ['東京タワー und 서울', ['東京タワー', '서울']],
    ['مرحبا بالعالم und שלום', ['مرحبا بالعالم', 'שלום']],
    ['नमस्ते', ['नमस्ते']],
    ['й'.normalize('NFD'), ['й'.normalize('NFD')]],
    ['α und Ω', ['α', 'Ω']],
    ['5 µm, 10 kΩ, α-Strahlung', ['µm', 'kΩ', 'α']],
    ['Das Наus ist groß', []], // look-alikes within a word
    ['Łódź, Đoković, Nguyễn, mu\u0308de, Þór', []],
    ['🙂 ∑ → 5 € ± 3 ½ ² ① 123 ١٢٣', []],
    ['', []],
  ])('%s: %j', (text, expected) => expect(found(text)).toEqual(expected));
});

test('the vocabulary decides, not a list', async () => {
  const russian = foreignFinder(await tokenizerOf(['Привет, как дела? Хорошо.', 'Где собака?'], 300));
  expect(found('Привет, как дела?', russian)).toEqual([]);
  expect(found('Привет, мир', foreignFinder(await tokenizerOf(['ab'], 260)))).toEqual([]); // joins no letters
});

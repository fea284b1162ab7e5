import { expect, it, test } from 'vitest';
import { protectedSpans } from './protected.ts';

/** Spans are written with ⟦⟧ around them. */
const marked = (text: string) => {
  const bare = text.replace(/[⟦⟧]/gu, '');
  let out = '';
  let at = 0;
  for (const { from, to } of protectedSpans(bare)) {
    out += `${bare.slice(at, from)}⟦${bare.slice(from, to)}⟧`;
    at = to;
  }
  return out + bare.slice(at);
};

it.each([
  'Besuche ⟦https://example.org/a_b?c=d&e=f#g⟧.',
  'Siehe (⟦https://de.wikipedia.org/wiki/Ring_(Mathematik)⟧), bitte!',
  'Siehe ⟦www.example.com⟧, ⟦example.co.uk/x⟧ oder ⟦docs.example.io⟧.',
  'Schreib an ⟦anna.b+x@mail.example.org⟧!',
  'Schreib an ⟦mailto:anna@example.org⟧.',
  'Tippe ⟦`npm run "a. B"`⟧ ein. Oder ⟦``a ` b``⟧.',
  'Drei ```a` sind kein Code.',
  'Aber ⟦```a` b```⟧ ist Code.',
  'Hallo ⟦{name}⟧, du hast ⟦{{ count }}⟧ von ⟦$\u007btotal}⟧ und ⟦{n, plural, one {x} other {y}}⟧.',
  'Datei ⟦%s⟧ hat ⟦%d⟧ Zeilen, ⟦%1$s⟧ und ⟦%2$d⟧, ⟦%(name)s⟧, ⟦%5.2f⟧ und ⟦%@⟧.',
  '50 % der Leute, 100% sicher, 5%ig.',
  'Das ist <b>gut</b>.'.replace('<b>', '⟦<b>⟧').replace('</b>', '⟦</b>⟧'),
  'Zeile⟦<br/>⟧neu ⟦&nbsp;⟧ und ⟦&#8364;⟧, <3 Leute.'.replace(', <3 Leute', ''),
  'Danke ⟦🙂⟧! Ja ⟦👨‍👩‍👧⟧⟦⟧'.replace('⟦⟧', ''),
  'Flagge ⟦🇩🇪⟧, Taste ⟦1️⃣⟧, Hand ⟦👍🏽⟧, Herz ⟦❤️⟧.',
  'Na ja ⟦:-)⟧ und ⟦;)⟧ gut ⟦:D⟧',
  'Öffne ⟦/usr/local/bin⟧, ⟦C:\\Users\\Anna⟧ und ⟦~/notizen.txt⟧.',
  'Lies ⟦README.md⟧ und ⟦foto-1.jpeg⟧.',
  'Version ⟦v1.2.3⟧ und ⟦2.0.0-beta.1⟧ am 3.10.2020.',
  'Rufe ⟦main()⟧ mit ⟦max_length⟧ und ⟦--strict⟧ auf.',
  'Danke, ⟦@anna_b⟧! ⟦#urlaub⟧ und ⟦#123⟧.',
  'Der Befehl ⟦$HOME⟧ kostet $5.',
  'Ein Wert von ⟦:count⟧ um 20:15.',
  'Ruf ⟦+49 171 5551234⟧ oder ⟦0711 12345-67⟧ an, ⟦030/123456⟧, ⟦+49 (0) 30 123⟧.',
  'Siehe Abschnitt ⟦9.2.1.4⟧ und ⟦10.0.0.0/8⟧ auf ⟦192.168.0.1:80⟧.',
  'Am 03.05.2024 für 1.000.000 Euro, 0,5 bis 0 30, 1 000 000, 5 + 10 und +7 Grad.',
  'Und/oder, 3/4, Tom & Maria, z. B. a.b, 1:2, C++.',
  '⟦©⟧ 2020 Windows⟦™⟧, Foo⟦®⟧, ⟦§ 5⟧ und ⟦§§ 7a⟧. ⟦★★☆⟧ Gut!',
  '⟦m²⟧, ⟦CO₂⟧-Ausstoß, ⟦x^2⟧ + ⟦y^{n+1}⟧ + ⟦m^2^⟧ und ⟦½⟧ Liter, ⟦1¾⟧ Tassen, Fußnote⟦¹⟧.',
  'Er sagte: "Ja." Dann ging er (leise).',
  'Das ist gut.Dann gehe ich.',
])('%s', (text) => expect(marked(text)).toBe(text));

test('hostile lengths take no time', () => {
  const started = process.cpuUsage();
  for (const part of [
    '`',
    '{',
    '<a',
    'a.',
    '/a',
    '%',
    ':',
    '&',
    'a@',
    '_',
    '-',
    '🙂 ',
    '](',
    'www.',
    'a-',
    "('",
    '²',
    'a²',
    '1½',
    '★',
    '§1',
    'x^',
  ]) {
    protectedSpans(part.repeat(20_000 / part.length));
  }
  expect(process.cpuUsage(started).user).toBeLessThan(5_000_000); // microseconds
});

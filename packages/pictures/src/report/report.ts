import { RingformerError } from '@ringformer/core/base';
import { escaped } from '../draw/canvas.ts';
import { PALETTES, STYLE } from '../draw/theme.ts';
import { type Picture, type Table, tablesOf } from '../picture.ts';

/** A picture and its drawing: `drawPicture` with `title: false` and `style: false`. */
export type Drawn = { readonly picture: Picture; readonly svg: string };

export type Report = {
  readonly title: string;
  /** One paragraph each. */
  readonly lead: readonly string[];
  /** What the model is, and what it was shown: name and value. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly sections: readonly { readonly title: string; readonly says: string; readonly drawn: readonly Drawn[] }[];
};

/**
 * A report as one HTML file that loads nothing: no script, pictures as SVG, their numbers as tables and as JSON to save. Its
 * own Content Security Policy forbids everything but its style and its pictures.
 * @throws RingformerError 'bad-argument' if two pictures have the same name
 */
export async function htmlReport(report: Report): Promise<string> {
  const { title, lead, facts, sections } = report;
  const names = sections.flatMap(({ drawn }) => drawn.map(({ picture }) => picture.name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/pictures] Two pictures are called ${twice}. Give each its own name.`,
    );
  }
  const style = `${PAGE}${STYLE}`;
  const policy = `default-src 'none'; style-src 'sha256-${await digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<a class="skip" href="#pictures">Skip to the pictures</a>',
    `<header><h1>${escaped(title)}</h1>`,
    ...lead.map((text) => `<p>${escaped(text)}</p>`),
    `<dl>${facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>`,
    '</header>',
    `<nav aria-label="Sections"><ul>${sections.map(({ title }, i) => `<li><a href="#section-${i + 1}">${escaped(title)}</a></li>`).join('')}</ul></nav>`,
    '<main id="pictures">',
    ...sections.map(sectionOf),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function sectionOf({ title, says, drawn }: Report['sections'][number], i: number): string {
  return [
    `<section id="section-${i + 1}" aria-labelledby="title-${i + 1}">`,
    `<h2 id="title-${i + 1}">${escaped(title)}</h2>`,
    `<p>${escaped(says)}</p>`,
    `<div class="figures">`,
    ...drawn.map(figureOf),
    '</div>',
    '</section>',
  ].join('\n');
}

function figureOf({ picture, svg }: Drawn): string {
  const { name, title, says, paper } = picture;
  const json = JSON.stringify(picture);
  return [
    `<figure id="${escaped(name)}" aria-labelledby="${escaped(name)}-title">`,
    `<h3 id="${escaped(name)}-title">${escaped(title)}</h3>`,
    `<p>${says.map(escaped).join(' ')}</p>`,
    `<div class="drawing" role="group" tabindex="0" aria-label="Drawing: ${escaped(title)}">${svg.trim()}</div>`,
    `<figcaption>${paper ? `<p class="paper">In the paper: ${escaped(paper)}</p>` : ''}`,
    `<details><summary>The numbers</summary>${tablesOf(picture).map(tableOf).join('')}</details>`,
    `<p><a download="${escaped(name)}.json" href="data:application/json;base64,${base64(json)}">Save as JSON</a></p>`,
    '</figcaption></figure>',
  ].join('\n');
}

function tableOf({ title, header, rows }: Table): string {
  const head = header.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map(([name = '', ...values]) => {
    const cells = values.map((value) => `<td>${escaped(value)}</td>`).join('');
    return `<tr><th scope="row">${escaped(name)}</th>${cells}</tr>`;
  });
  return `<div class="table" role="group" tabindex="0" aria-label="${escaped(title)}"><table><caption>${escaped(title)}</caption><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const binary = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};

const base64 = (text: string): string => binary(new TextEncoder().encode(text));

/** The SHA-256 of a text, in base64. */
async function digest(text: string): Promise<string> {
  return binary(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

const { light, dark } = PALETTES;
const PAGE = `
:root{color-scheme:light dark;--ink:${light.ink};--soft:${light.soft};--rule:${light.rule};--ground:${light.ground};--link:${light.data[0]}}
@media (prefers-color-scheme:dark){:root{--ink:${dark.ink};--soft:${dark.soft};--rule:${dark.rule};--ground:${dark.ground};--link:${dark.data[0]}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem clamp(.75rem,3vw,2rem) 3rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}
h2{margin:2.5rem 0 .25rem;padding-top:1rem;border-top:1px solid var(--rule)}
h3{font-size:1rem;margin:0}
p{margin:.4rem 0}
a{color:var(--link)}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;background:var(--ground);padding:.5rem}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:.5rem 1.5rem}
dt{color:var(--soft);font-size:.8rem}
dd{margin:0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:2rem;align-items:start}
figure{margin:1rem 0 0;min-width:0}
figure>p{font-size:.9rem}
.drawing,.table{overflow-x:auto}
.drawing{margin:.5rem 0}
.drawing svg.rf{display:block;max-width:100%;height:auto}
.paper{color:var(--soft)}
figcaption{font-size:.85rem}
summary{cursor:pointer}
table{border-collapse:collapse;font-size:.8rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding:.5rem 0 .25rem}
th,td{padding:.15rem .5rem;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
tbody th,thead th:first-child{text-align:left;font-weight:400}
@media print{nav,.skip{display:none}figure{break-inside:avoid}}
`;

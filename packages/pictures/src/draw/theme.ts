/** The colours of a picture: the ground, ink and soft ink, rules, and those of data, the first two for values above and below 0. */
export type Palette = {
  readonly ground: string;
  readonly ink: string;
  readonly soft: string;
  readonly rule: string;
  readonly data: readonly string[];
};

/** Colours that readers with any colour vision can tell apart. */
export const PALETTES = {
  light: {
    ground: '#ffffff',
    ink: '#1f2328',
    soft: '#59626c',
    rule: '#dfe3e8',
    data: ['#0b6e6e', '#c4543b', '#2f5fc4', '#9a6a00', '#7b3fa0', '#5c6670'],
  },
  dark: {
    ground: '#14171b',
    ink: '#e9e6df',
    soft: '#a3abb6',
    rule: '#343b44',
    data: ['#4fc3b8', '#f08a6e', '#7fa6ff', '#e0b04c', '#c79be6', '#9aa4af'],
  },
} as const satisfies Record<string, Palette>;

/** 'auto': light, and dark if the reader's system is. */
export type Theme = 'auto' | keyof typeof PALETTES;

/** Fonts that some machine of every kind has; without quotes, which resvg does not read in lists. */
export const FONTS = 'system-ui, Segoe UI, Roboto, Helvetica, Arial, DejaVu Sans, sans-serif';

export const paletteOf = (theme: Theme): Palette => PALETTES[theme === 'auto' ? 'light' : theme];

/** The classes that take the colours of a dark theme. Attributes have those of the light one. */
const rules = ({ ground, ink, soft, rule, data }: Palette): string =>
  [
    `.rf{color:${ink}}`,
    `.rf .rf-ground{fill:${ground}}.rf .rf-halo{stroke:${ground}}`,
    `.rf .rf-ink{fill:${ink}}.rf .rf-soft{fill:${soft}}.rf .rf-rule{stroke:${rule}}`,
    ...data.map((colour, i) => `.rf .rf-fill${i}{fill:${colour}}.rf .rf-line${i}{stroke:${colour}}`),
  ].join('');

/** For the page or the picture: what makes a picture of theme 'auto' follow the reader's choice. */
export const STYLE = `@media (prefers-color-scheme:dark){${rules(PALETTES.dark)}}`;

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { publicPackages, root } from '../../tools/lib/paths.mjs';
import { repository } from '../repository.mjs';
import { leadLinks, place, slug } from './links.ts';

const GUIDES = [
  ['Translate in your app', 'translate-in-your-app'],
  ['Translate documents', 'translate-documents'],
  ['Train your own translator', 'train-your-own-translator'],
  ['Classify images', 'classify-images'],
  ['Swap the backend', 'swap-the-backend'],
  ['See inside', 'see-inside'],
  ['In Vite, in a worker, without a bundler', 'bundlers-and-workers'],
  ['Translate a corpus on many machines', 'translate-a-corpus'],
  ['Train on several machines', 'train-on-several-machines'],
  ['What a run folder holds', 'what-a-run-folder-holds'],
  ['How the ring works', 'how-the-ring-works'],
] as const;

const guides = GUIDES.map(([text, name]) => ({ text, link: `/guides/${name}` }));
const results = [
  { text: 'The four architectures', link: '/results/comparison' },
  { text: 'Ablations', link: '/results/ablations' },
  { text: 'CIFAR-10', link: '/results/cifar10' },
  { text: 'Levels like layers (CKA)', link: '/results/cka' },
  { text: 'Choices of data', link: '/results/data' },
  { text: 'Adam and Muon', link: '/results/optimizers' },
];
const project = [
  { text: 'How the parts fit', link: '/how-the-parts-fit' },
  { text: 'Backends and accuracy', link: '/backends' },
  { text: 'What a release was tried with', link: '/releases' },
  { text: 'Decisions', link: '/decisions/', collapsed: true, items: decisions() },
];
const packages = publicPackages().map(({ folder, manifest }) => ({
  text: manifest.name.replace('@ringformer/', ''),
  link: `/${folder}`,
}));

export default defineConfig({
  title: 'RingFormer',
  titleTemplate: ':title · RingFormer for TypeScript',
  description: 'Translation and image classification with one shared Transformer block, in TypeScript.',
  lang: 'en-GB',
  head: [['link', { rel: 'icon', href: '/ring.svg', type: 'image/svg+xml' }]],
  cleanUrls: true,
  lastUpdated: false,
  cacheDir: join(root, '.cache/vitepress'),

  // The packages' READMEs are pages of the site too, hence the root of the clone.
  srcDir: root,
  srcExclude: [
    '*.md',
    'bench/**',
    'examples/**',
    'fixtures/**',
    'integrations/**',
    'tools/**',
    'docs/public/**',
    'packages/*/*/**',
    'packages/*/!(README).md',
  ],
  rewrites: place,
  vite: { publicDir: join(root, 'docs/public') },

  markdown: {
    theme: { light: 'github-light', dark: 'github-dark' },
    anchor: { slugify: slug },
    config: leadLinks,
  },

  themeConfig: {
    logo: '/ring.svg',
    search: { provider: 'local' },
    outline: [2, 3],
    externalLinkIcon: true,
    nav: [
      { text: 'Guides', link: '/guides/translate-in-your-app', activeMatch: '^/guides/' },
      { text: 'Packages', link: '/packages/seq2seq', activeMatch: '^/packages/' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
    ],
    sidebar: {
      '/api/': [{ text: 'API reference', link: '/api/', items: reference() }],
      '/packages/': [{ text: 'Packages', items: packages }],
      '/': [
        { text: 'Guides', items: guides },
        { text: 'What we found', items: results },
        { text: 'The project', items: project },
      ],
    },
    ...(repository && { socialLinks: [{ icon: 'github', link: repository }] }),
    footer: { message: 'MIT licence', copyright: 'Architecture: Heo, Fozilov, Song, Kim, EMNLP Findings 2025' },
  },
});

/** The entries that typedoc found. */
function reference(): { text: string; link: string }[] {
  const entries = JSON.parse(readFileSync(join(root, 'docs/api/typedoc-sidebar.json'), 'utf8'));
  return entries.map(({ text, link }: { text: string; link: string }) => ({
    text: text === 'ringformer' ? 'ringformer (command line)' : text.replace('@ringformer/', ''),
    link: link.replace(/\.md$/, ''),
  }));
}

/** One page for each decision, by its heading. */
function decisions(): { text: string; link: string }[] {
  const folder = join(root, 'docs/decisions');
  const names = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return names.map((name) => ({
    text: /^# (.*)$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? name,
    link: `/decisions/${name.replace(/\.md$/, '')}`,
  }));
}

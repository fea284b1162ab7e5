// The packages with the binaries, one for each platform: npm installs the one that fits, because they are optional
// dependencies of this package and say which system they are for. `node platforms.mjs` writes their manifests and READMEs
// from the template below, at this package's version; a test checks that they are what it writes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** `triple` is zig's name for the platform, with the oldest version of it that the binary runs on. */
export const PLATFORMS = [
  { name: 'linux-x64-gnu', os: 'linux', cpu: 'x64', libc: 'glibc', triple: 'x86_64-linux-gnu.2.28' },
  { name: 'linux-x64-musl', os: 'linux', cpu: 'x64', libc: 'musl', triple: 'x86_64-linux-musl' },
  { name: 'linux-arm64-gnu', os: 'linux', cpu: 'arm64', libc: 'glibc', triple: 'aarch64-linux-gnu.2.28' },
  { name: 'linux-arm64-musl', os: 'linux', cpu: 'arm64', libc: 'musl', triple: 'aarch64-linux-musl' },
  { name: 'darwin-x64', os: 'darwin', cpu: 'x64', triple: 'x86_64-macos.11.0' },
  { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64', triple: 'aarch64-macos.11.0' },
  { name: 'win32-x64', os: 'win32', cpu: 'x64', triple: 'x86_64-windows-gnu' },
];

const SYSTEMS = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };
const PROCESSORS = { x64: 'x86-64', arm64: 'arm64' };

/** The one for this machine, or undefined. */
export function ownPlatform() {
  const { platform: os, arch: cpu } = process;
  const musl = os === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  return PLATFORMS.find((one) => one.os === os && one.cpu === cpu && (!one.libc || (one.libc === 'musl') === musl));
}

/**
 * The files of a platform's package, besides the binary: name → text.
 * @param {{ name: string, os: string, cpu: string, libc?: string }} platform
 * @param {Record<string, any>} parent the manifest of @ringformer/native
 * @returns {Record<string, string>}
 */
export function packageFiles({ name, os, cpu, libc }, { version, homepage, bugs, repository, license, engines }) {
  const system = `${SYSTEMS[os]} on ${PROCESSORS[cpu]}${libc ? ` (${libc})` : ''}`;
  const manifest = {
    name: `@ringformer/native-${name}`,
    version,
    description: `The native kernels of @ringformer/native for ${system}.`,
    keywords: ['native', 'simd', 'ringformer'],
    homepage,
    bugs,
    repository: { ...repository, directory: `packages/native/platforms/${name}` },
    license,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    engines,
    exports: { '.': './ringformer.node', './package.json': './package.json' },
    main: './ringformer.node',
    files: ['ringformer.node'],
    publishConfig: { access: 'public' },
  };
  const readme = `# ${manifest.name}

The compiled kernels of [\`@ringformer/native\`](${homepage}) for ${system}. Install that package; npm brings this one along
where it fits.
`;
  return { 'package.json': `${JSON.stringify(manifest, null, 2)}\n`, 'README.md': readme };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const own = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  for (const platform of PLATFORMS) {
    const folder = join(here, 'platforms', platform.name);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(packageFiles(platform, own))) writeFileSync(join(folder, name), text);
  }
}

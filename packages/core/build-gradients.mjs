// Bundles the gradients of @tensorflow/tfjs-core into src/generated/gradients.ts, since Node cannot load its own
// register_all_gradients as an ES module. What the package exports is imported from it, so that there is still only one engine.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const require = createRequire(import.meta.url);
const CORE = '@tensorflow/tfjs-core';
const tf = require(CORE);
const core = join(dirname(require.resolve(`${CORE}/package.json`)), 'dist');
const target = join(dirname(fileURLToPath(import.meta.url)), 'src/generated/gradients.ts');

const BANNER = `// Written by build-gradients.mjs from ${CORE}: edit there.
// @ts-nocheck
/*!
 * Gradients of TensorFlow.js. Copyright Google LLC. Licensed under the Apache License, Version 2.0:
 * http://www.apache.org/licenses/LICENSE-2.0. Changed: bundled; what the package exports is imported from it.
 */
`;

/** Modules that are not exported and not worth bundling, as one line each. */
const SHORT = {
  engine: `import { engine } from '${CORE}';\nexport const ENGINE = /* @__PURE__ */ engine();`,
  // gradients are called with tensors only
  tensor_util_env: 'export const convertToTensor = (x) => x;',
};

const withoutMap = (text) => text.replace(/\/\/# sourceMappingURL.*/, '');

/** Modules that the package exports as namespaces, some under another name. */
const NAMESPACES = {
  util: 'util',
  broadcast_util: 'broadcast_util',
  slice_util: 'slice_util',
  axis_util: 'backend_util',
  conv_util: 'backend_util',
  selu_util: 'backend_util',
};

/** `import … from './ops/axis_util'` as an import of the package's namespace. */
function importNamespaces(text) {
  return text.replace(/^import (.*) from '[./]+(?:ops\/)?(\w+)';$/gm, (line, what, module) => {
    const space = NAMESPACES[module];
    if (!space) return line;
    const [, name] = /\* as (\w+)/.exec(what) ?? [];
    return name
      ? `import { ${space} as ${name} } from '${CORE}';`
      : `import { ${space} as $${module} } from '${CORE}';\nconst ${what} = $${module};`;
  });
}

/** The package's module at `path`: itself if it is a gradient, or an operation that only gradients use. */
async function load(path) {
  const module = basename(path, '.js');
  if (module in SHORT) return SHORT[module];
  const text = importNamespaces(withoutMap(await readFile(path, 'utf8')));
  if (path.includes('/gradients/')) return text;
  const own = [...text.matchAll(/^export const (\w+)/gm)].map((match) => match[1]);
  if (path.includes('/ops/') && own.length === 1 && !(own[0] in tf)) return text;
  const names = [...text.matchAll(/^export (?:const|function) (\w+)/gm)].map((match) => match[1]);
  for (const [, list] of text.matchAll(/^(?:export|import) \{([^}]*)\}/gm)) {
    names.push(...list.split(',').map((part) => part.trim().split(' as ').at(-1)));
  }
  return `export { ${[...new Set(names)].filter((name) => name in tf).join(', ')} } from '${CORE}';`;
}

export async function gradientsSource() {
  const { outputFiles } = await build({
    stdin: {
      contents: withoutMap(await readFile(join(core, 'register_all_gradients.js'), 'utf8'))
        .replace(/^import \{ registerGradient \}.*$/m, '')
        .replace('const gradConfigs =', 'export const gradConfigs =')
        .replace(/^for \(const gradientConfig[\s\S]*/m, ''),
      resolveDir: core,
    },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    external: [CORE],
    plugins: [
      {
        name: 'one-engine',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => ({
            path: `${join(resolveDir, path)}.js`,
            sideEffects: false,
          }));
          onLoad({ filter: /\.js$/ }, async ({ path }) => ({ contents: await load(path) }));
        },
      },
    ],
  });
  // a second pass, as TypeScript, drops the names that nothing uses
  const { code } = await transform(outputFiles[0].text, { loader: 'ts', target: 'es2022' });
  return BANNER + code.replaceAll(/^\/\/ .*\n/gm, '').replaceAll('"', "'");
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const source = await gradientsSource();
  if ((await readFile(target, 'utf8').catch(() => '')) !== source) await writeFile(target, source);
}

// @ts-check
// The API reference: Markdown pages in docs/api, written by typedoc from the sources, one page for each public import.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Application, Comment, LogLevel, ReflectionKind } from 'typedoc';
import { publicPackages, root } from '../tools/lib/paths.mjs';
import { inRepository } from './repository.mjs';

const output = join(root, 'docs/api');

/**
 * @typedef {{ name: string, file: string, description: string }} Entry what programs import, the source file behind it
 * relative to the root, and what it is for
 */

/** Every public import. @returns {Entry[]} */
function entries() {
  return publicPackages().flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports).flatMap(([path, target]) => {
      if (!target.source) return [];
      const name = posix.join(manifest.name, path);
      const file = posix.join(folder, target.source);
      return [{ name, file, description: path === '.' ? manifest.description : saysOfItself(file, name) }];
    }),
  );
}

/** The sentence in the first line of a lesser entry's file: `// What it is for: ` and its name. @param {string} file @param {string} name */
function saysOfItself(file, name) {
  const [first = ''] = readFileSync(join(root, file), 'utf8').split('\n');
  const end = `: \`${name}\`.`;
  if (first.startsWith('// ') && first.endsWith(end)) return `${first.slice(3, -end.length)}.`;
  throw new Error(`${file} should begin with a line such as: // What it is for${end}`);
}

/** Writes the reference. Throws if typedoc warns, which it does of links to names that do not exist. */
export async function writeReference() {
  const all = entries();
  const options = {
    name: 'API reference',
    entryPoints: all.map(({ file }) => join(root, file)),
    tsconfig: join(root, 'tsconfig.json'),
    skipErrorChecking: true, // the check `types` does that
    plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
    readme: 'none',
    excludeInternal: true,
    excludeExternals: true,
    groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases', '*', 'References'],
    basePath: root,
    disableGit: true,
    disableSources: !inRepository(''),
    sourceLinkTemplate: inRepository('{path}#L{line}') ?? '',
    validation: { notExported: false, invalidLink: true, invalidPath: true, notDocumented: false },
    logLevel: LogLevel.Warn,
    // Of the plugins:
    out: output,
    docsRoot: join(root, 'docs'),
    entryFileName: 'index.md',
    outputFileStrategy: 'modules',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    sanitizeComments: true, // a `<` in a comment does not begin a tag
    expandObjects: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    propertyMembersFormat: 'table',
  };
  const app = await Application.bootstrapWithPlugins(
    /** @type {Partial<import('typedoc').TypeDocOptions>} */ (options),
  );
  const project = await app.convert();
  if (!project) throw new Error('typedoc could not read the sources.');
  nameModules(project, all);
  nameParameters(project);
  app.validate(project);
  await app.generateOutputs(project);
  const rows = all.map(({ name, description }) => {
    const page = existsSync(join(output, `${name}.md`)) ? `${name}.md` : `${name}/index.md`; // with namespaces: a folder
    return `| [\`${name}\`](${page}) | ${description} |`;
  });
  writeFileSync(
    join(output, 'index.md'),
    ['# API reference', '', '| import | |', '| --- | --- |', ...rows, ''].join('\n'),
  );
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('typedoc warned; see above.');
}

/**
 * Gives modules the names that programs import. typedoc names them after their files: `packages/core/src` for its
 * index.ts, `packages/core/src/base` for base.ts.
 * @param {import('typedoc').ProjectReflection} project @param {Entry[]} entries
 */
function nameModules(project, entries) {
  const byModule = new Map(entries.map((entry) => [entry.file.replace(/(\/index)?\.ts$/, ''), entry]));
  for (const module of project.children ?? []) {
    const entry = byModule.get(module.name);
    if (!entry) throw new Error(`typedoc read a module that is not a public entry: ${module.name}`);
    module.name = entry.name;
    if (entry.description) module.comment = new Comment([{ kind: 'text', text: entry.description }]);
  }
}

/**
 * Names the parameters that are taken apart where they are declared: after their type, or `options`.
 * @param {import('typedoc').ProjectReflection} project
 */
function nameParameters(project) {
  for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    if (!parameter.name.startsWith('__namedParameters')) continue;
    const { type } = /** @type {import('typedoc').ParameterReflection} */ (parameter);
    const name = type?.type === 'reference' && type.package !== 'typescript' ? type.name : 'options';
    parameter.name = name.charAt(0).toLowerCase() + name.slice(1);
  }
}

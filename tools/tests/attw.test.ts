import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { expect, it } from 'vitest';
import { tarballs } from '../lib/consumer.mjs';

/** The packages of the platforms hold a compiled library, which @ringformer/native loads. */
const isBinary = (file: string) => /^ringformer-native-(linux|darwin|win32)-/.test(basename(file));

it.each((await tarballs()).filter((file) => !isBinary(file)).map((file) => [basename(file), file]))(
  '%s has declarations that every kind of import finds',
  async (_, file) => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(file)));
    if (!result.types) throw new Error('It has no declarations.');
    // The oldest resolution knows neither "exports" nor "imports"; the packages ask for Node.js 20.19.
    const problems = result.problems.filter(
      (problem) =>
        !('resolutionKind' in problem && problem.resolutionKind === 'node10') &&
        !('resolutionOption' in problem && problem.resolutionOption === 'node10'),
    );
    expect(problems).toEqual([]);
  },
);

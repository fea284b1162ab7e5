import { testBackend, testModels } from '@ringformer/core/testing';
import { FIXTURES, fixtureCase } from '@ringformer/test-tools/translation/fixtures';
import { FIXTURES as IMAGES, fixtureCase as imageCase } from '@ringformer/test-tools/vision/fixtures';
import { describe } from 'vitest';
import { findBinding } from '../src/binding.ts';
import { startNodeGpu } from '../src/index.ts';
import { findPackage, MODULES } from '../src/modules.ts';

const installed = findPackage('@tensorflow/tfjs-node');
const ready = installed !== undefined && findBinding(installed) !== undefined;
if (!ready) {
  console.warn(
    `SKIPPED: native TensorFlow is not tested: no @tensorflow/tfjs-node with a binding in ${process.env[MODULES] ?? `the workspace, and no ${MODULES}`}.`,
  );
}

describe.skipIf(!ready)('TensorFlow native', () => {
  const start = () => startNodeGpu({ prefer: 'tensorflow' });
  testBackend('tensorflow', start, FIXTURES.map(fixtureCase));
  testModels('tensorflow', start, IMAGES.map(imageCase));
});

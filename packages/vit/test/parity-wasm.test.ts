import { testModels } from '@ringformer/core/testing';
import { FIXTURES, fixtureCase } from '@ringformer/test-tools/vision/fixtures';
import { startWasm } from '@ringformer/test-tools/wasm';

testModels('wasm', startWasm, FIXTURES.map(fixtureCase));

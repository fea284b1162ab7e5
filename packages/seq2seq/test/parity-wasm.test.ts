import { testBackend } from '@ringformer/core/testing';
import { FIXTURES, fixtureCase } from '@ringformer/test-tools/translation/fixtures';
import { startWasm } from '@ringformer/test-tools/wasm';

testBackend('wasm', startWasm, FIXTURES.map(fixtureCase));

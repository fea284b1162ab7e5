import { testModels } from '@ringformer/core/testing';
import { startWasm } from '../../wasm/src/index.ts';
import { FIXTURES, fixtureCase } from './fixture-case.ts';

testModels('wasm', startWasm, FIXTURES.map(fixtureCase));

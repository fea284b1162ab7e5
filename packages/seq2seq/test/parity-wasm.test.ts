import { testBackend } from '@ringformer/core/testing';
import { startWasm } from '../../wasm/src/index.ts';
import { FIXTURES, fixtureCase } from './fixture-case.ts';

testBackend('wasm', startWasm, FIXTURES.map(fixtureCase));

import { testBackend } from '@ringformer/core/testing';
import { startWasm } from '../../wasm/src/index.ts';
import { fixtureCase } from './fixture-case.ts';

testBackend('wasm', startWasm, ['ring_a', 'ring_b', 'ring_c'].map(fixtureCase));

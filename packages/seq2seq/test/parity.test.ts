import { testModels } from '@ringformer/core/testing';
import { startCpu } from '../../core/test/start-cpu.ts';
import { fixtureCase } from './fixture-case.ts';

testModels('cpu', startCpu, ['ring_a', 'ring_b', 'ring_c'].map(fixtureCase));

import { testModels } from '@ringformer/core/testing';
import { startCpu } from '../../core/test/start-cpu.ts';
import { FIXTURES, fixtureCase } from './fixture-case.ts';

testModels('cpu', startCpu, FIXTURES.map(fixtureCase));
